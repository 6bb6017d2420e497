import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { QueueView } from '../../client.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { forRole, json, adminProblems, requiredBody } from './describe-route.js';

const admins = { ...forRole('admin'), tags: ['queues'] };

const QueueSchema = z
  .object({
    queue: z.string(),
    takes: z.enum(['workflows', 'activities']),
    waiting: z.int().openapi({ description: 'Tasks that wait for a worker, about' }),
    running: z.int(),
    oldestMs: z.int().openapi({ description: 'How long the oldest has waited' }),
    scheduleToStartMs: z.int().optional(),
    lastHour: z
      .object({
        completed: z.int(),
        failed: z.int().openapi({ description: 'Tries that failed, also of what was tried again' }),
        perMinute: z.array(z.int()).openapi({ description: 'Tries that ended, oldest first' }),
      })
      .optional()
      .openapi({ description: 'Absent for workflows' }),
    limited: z.boolean().openapi({ description: 'Whether its rate can be set' }),
    ratePerMinute: z.int().optional().openapi({ description: 'Absent: no limit' }),
    workers: z.array(z.object({ identity: z.string(), lastSeen: z.string(), running: z.int() })),
  })
  .openapi('Queue');

const LimitSchema = z
  .object({
    queue: z.string(),
    ratePerMinute: z.int().optional().openapi({ description: 'Absent: no limit' }),
    usualRatePerMinute: z.int().optional().openapi({ description: 'What is configured' }),
  })
  .openapi('QueueLimit');

const ProviderSchema = z
  .object({
    step: z.enum(['metadata', 'embedding']),
    provider: z.string(),
    model: z.string(),
    paused: z.object({ since: z.string(), probeAt: z.string() }).optional(),
    lastFailure: z.object({ kind: z.string(), message: z.string(), at: z.string() }).optional(),
  })
  .openapi('Provider');

const listRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/queues',
  summary: 'What waits and runs in every queue, who serves it, and how often providers are called',
  responses: {
    200: json(z.object({ queues: z.array(QueueSchema) }), 'Queues'),
    ...adminProblems('TemporalUnavailable'),
  },
});

const limitRoute = createRoute({
  ...admins,
  method: 'patch',
  path: '/queues/{name}',
  summary: "Set how often a queue's provider may be called, from the next second on",
  request: {
    params: z.object({ name: z.string() }),
    ...requiredBody(
      z.strictObject({
        ratePerMinute: z
          .int()
          .min(1)
          .max(100_000)
          .nullable()
          .openapi({ description: 'null: what is configured' }),
      }),
    ),
  },
  responses: { 200: json(LimitSchema, 'Set'), ...adminProblems('InvalidInput', 'QueueNotFound') },
});

const providersRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/providers',
  summary: 'Who describes and embeds, whether they are asked, and what they failed with last',
  responses: {
    200: json(z.object({ providers: z.array(ProviderSchema) }), 'Providers'),
    ...adminProblems(),
  },
});

const testRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/providers/{step}/test',
  summary: 'Ask a provider for one answer, which is paid like any other',
  request: { params: z.object({ step: z.enum(['metadata', 'embedding']) }) },
  responses: {
    200: json(z.object({ ok: z.boolean(), says: z.string(), ms: z.int() }), 'What came of it'),
    ...adminProblems('InvalidInput'),
  },
});

export function queueRoutes(api: OpenAPIHono<HttpEnv>, { darkroom }: HttpDeps): void {
  api.openapi(listRoute, async (c) => {
    const queues = await darkroom.queues();
    return c.json({ queues: queues.map(queueOf) }, 200);
  });
  api.openapi(limitRoute, async (c) => {
    const { ratePerMinute } = c.req.valid('json');
    return c.json(await darkroom.limits.set(c.req.valid('param').name, ratePerMinute), 200);
  });
  api.openapi(providersRoute, async (c) => {
    const providers = await darkroom.providers.list();
    return c.json(
      {
        providers: providers.map(({ paused, ...it }) => ({
          ...it,
          ...(paused && {
            paused: { since: paused.since.toISOString(), probeAt: paused.probeAt.toISOString() },
          }),
        })),
      },
      200,
    );
  });
  api.openapi(testRoute, async (c) =>
    c.json(await darkroom.providers.test(c.req.valid('param').step), 200),
  );
}

function queueOf({ pollers: _count, workers, ...queue }: QueueView): z.infer<typeof QueueSchema> {
  return {
    ...queue,
    workers: workers.map((it) => ({ ...it, lastSeen: it.lastSeen.toISOString() })),
  };
}
