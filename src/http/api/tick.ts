import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { DarkroomError, FAILURES } from '../../domain/failures.js';
import type { SweepReport } from '../../client.js';
import { counted } from '../../domain/counted.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { forRole, json, adminProblems } from './describe-route.js';
import { within } from '../within.js';

const TickSchema = z
  .object({
    success: z.boolean(),
    processed: z.int().openapi({ description: 'Images that were started again' }),
    errors: z.int(),
    message: z.string(),
  })
  .openapi('Tick');

const tickRoute = createRoute({
  ...forRole('admin'),
  method: 'post',
  path: '/preprocess-tasks/tick',
  tags: ['backfill'],
  summary: 'Sweep now: start what was deferred or left alone',
  responses: {
    200: json(TickSchema, 'What the sweep did'),
    202: json(TickSchema, 'The sweep goes on, or waits for a worker'),
    503: json(TickSchema, 'The sweep failed'),
    ...adminProblems(),
  },
});

export function tickRoutes(api: OpenAPIHono<HttpEnv>, { darkroom, report }: HttpDeps): void {
  let sweeping: Promise<SweepReport> | undefined;
  // Those of a timer that is quicker than a sweep would otherwise wait in a line that only grows.
  const oneSweep = () =>
    // Without looking for what nobody needs: that lists the whole storage, which is paid for (decision 12).
    (sweeping ??= darkroom.sweep({ orphans: false }).finally(() => (sweeping = undefined)));

  api.openapi(tickRoute, async (c) => {
    try {
      const found = await within(oneSweep);
      if (found !== undefined) return c.json(tickOf(found), 200);
      const message = 'The sweep has started and goes on.';
      return c.json({ success: true, processed: 0, errors: 0, message }, 202);
    } catch (error) {
      report?.(error, c.get('requestId'));
      const kind = error instanceof DarkroomError ? error.kind : 'Unexpected';
      const message = `The sweep failed: ${FAILURES[kind].says}`;
      c.header('retry-after', '5');
      return c.json({ success: false, processed: 0, errors: 1, message }, 503);
    }
  });
}

function tickOf({ deferredStarted, stuckStarted }: SweepReport): z.infer<typeof TickSchema> {
  const message = `Started ${deferredStarted} deferred and ${counted(stuckStarted, 'forgotten image')}.`;
  return { success: true, processed: deferredStarted + stuckStarted, errors: 0, message };
}
