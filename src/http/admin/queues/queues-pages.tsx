import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { counted } from '../../../domain/counted.js';
import { DarkroomError } from '../../../domain/failures.js';
import { formFields } from '../../form.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { doAct } from '../act.js';
import type { Memory } from '../memory.js';
import type { Notice } from '../notice.js';
import { markup, type ShowPage } from '../show-page.js';
import { LimitForms } from './limit-forms.js';
import { QueuesTable } from './queues-table.js';

/** However many people look at once. */
const FRESH_MS = 1_000;

export function queuesPages({ darkroom }: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  const ask = memory.keep(FRESH_MS, () => darkroom.queues());

  const page = async (
    c: Context<HttpEnv>,
    notice?: Notice,
    status: ContentfulStatusCode = 200,
  ): Promise<Response> =>
    show(c, {
      ...{ title: 'Queues', active: 'queues', styles: ['settings.css'], status },
      ...(notice !== undefined && { notice }),
      body: (
        <div class="settings queues">
          <h1 tabindex={-1}>Queues</h1>
          <div id="queues" hx-get="/admin/queues/table" hx-trigger="every 3s">
            <QueuesTable queues={await ask()} nowMs={Date.now()} />
          </div>
          <LimitForms limits={await darkroom.limits.list()} />
        </div>
      ),
    });

  routes.get('/', (c) => page(c));
  routes.get('/table', async (c) =>
    c.html(await markup(<QueuesTable queues={await ask()} nowMs={Date.now()} />)),
  );
  routes.post('/:name/rate', async (c) => {
    const { rate } = await formFields(c);
    return doAct(c, {
      act: async () => {
        const { queue, ratePerMinute } = await darkroom.limits.set(
          c.req.param('name'),
          rateOf(rate),
        );
        return ratePerMinute === undefined
          ? `${queue} has no limit now.`
          : `${queue} may make ${counted(ratePerMinute, 'call')} a minute now.`;
      },
      to: '/admin/queues',
      refused: (notice, status) => page(c, notice, status),
    });
  });
  return routes;
}

function rateOf(field: unknown): number | null {
  const text = typeof field === 'string' ? field.trim() : '';
  if (text === '') return null;
  if (/^\d+$/.test(text)) return Number(text);
  throw new DarkroomError('InvalidInput', 'A rate is a whole number of calls a minute, or empty.');
}
