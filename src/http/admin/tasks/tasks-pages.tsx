import { Hono, type Context } from 'hono';
import { raw } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import type { Memory } from '../memory.js';
import type { Notice } from '../notice.js';
import type { ShowPage } from '../show-page.js';
import { liveTasks } from './live-tasks.js';
import { regionsOf, signatureOf, type Region, type Regions } from './regions.js';
import { taskActions } from './task-actions.js';
import { lookedAt, tasksStateOf, type Looked } from './tasks-state.js';

export function tasksPages(deps: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  const ask = tasksStateOf(deps.darkroom, memory);

  const page = async (
    c: Context<HttpEnv>,
    notice?: Notice,
    status: ContentfulStatusCode = 200,
  ): Promise<Response> => {
    const looked = lookedAt(c);
    const state = await ask(looked);
    const regions = await regionsOf(state, deps);
    return show(c, {
      ...{ title: regions.title, active: 'tasks', styles: ['tasks.css'], status },
      ...(notice !== undefined && { notice }),
      body: <Tasks regions={regions} looked={looked} />,
    });
  };

  routes.get('/', (c) => page(c));
  routes.get('/live', liveTasks(deps, ask));
  routes.route('/', taskActions(deps, page));
  return routes;
}

function Tasks({ regions, looked }: { regions: Regions; looked: Looked }) {
  const asked = new URLSearchParams({ seen: signatureOf(regions), ...looked });
  const live = (region: Region) => ({ id: `region-${region}`, 'sse-swap': region });
  return (
    <div hx-ext="sse" sse-connect={`/admin/tasks/live?${asked.toString()}`} class="tasks">
      <h1 {...live('truth')} tabindex={-1}>
        {raw(regions.truth)}
      </h1>
      <p {...live('title')} hidden>
        {raw(regions.title)}
      </p>
      <p {...live('announcement')} class="unseen" role="status">
        {raw(regions.announcement)}
      </p>
      {(['bar', 'controls', 'start'] as const).map((region) => (
        <div {...live(region)}>{raw(regions[region])}</div>
      ))}
      <div class="beside">
        <div {...live('flow')}>{raw(regions.flow)}</div>
        <div {...live('flight')}>{raw(regions.flight)}</div>
      </div>
      <div {...live('failures')}>{raw(regions.failures)}</div>
      <div {...live('runs')}>{raw(regions.runs)}</div>
    </div>
  );
}
