import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { changedSince, regionsOf, signatureOf } from './regions.js';
import type { AskTasks, TasksState } from './tasks-state.js';

/** As often as numbers are worth reading; while nothing runs somebody may start a run elsewhere. */
const EVERY_MS = { running: 600, idle: 2_000 };

/** Sends what changed since the page was made, as long as somebody looks at it. */
export function liveTasks(c: Context<HttpEnv>, deps: HttpDeps, ask: AskTasks): Response {
  let seen = c.req.query('seen') ?? '';
  const runId = c.req.query('run');
  // Proxies must not collect what is meant for now.
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    while (!stream.aborted && !deps.stopping?.aborted) {
      // An outage shows at the foot of the next page; what is shown stays until it is over.
      const state: TasksState | undefined = await ask(runId).catch(() => undefined);
      if (state !== undefined) {
        const regions = await regionsOf(state, deps);
        for (const region of changedSince(seen, regions)) {
          await stream.writeSSE({ event: region, data: regions[region] });
        }
        seen = signatureOf(regions);
      }
      await stream.sleep(EVERY_MS[state?.now.state ?? 'idle']);
    }
  });
}
