import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { defined } from '../../domain/defined.js';
import { body, forRole, json, adminProblems, requiredBody } from './describe-route.js';
import { runId, RunSchema, StartedSchema } from './run-schemas.js';
import { within } from '../within.js';
import { startedByToken } from './started-by.js';

const admins = { ...forRole('admin'), tags: ['backfill'] };
const acceptedSchema = z.object({ id: z.string() });

const onRun = <P extends string>(path: P, summary: string) =>
  ({
    ...admins,
    method: 'post',
    path: `/preprocess-tasks/runs/{id}/${path}`,
    summary,
    request: { params: runId },
  }) as const;

const kickRoute = createRoute({
  ...onRun('kick', 'Wake or retry what a run has not finished'),
  responses: {
    200: json(
      z.object({ id: z.string(), resumed: z.boolean(), started: z.int() }),
      'Whether it was paused, and how many images were started again',
    ),
    ...adminProblems('RunNotFound'),
  },
});

const cancelRoute = createRoute({
  ...onRun('cancel', 'End a run; what is done stays'),
  responses: {
    200: json(RunSchema, 'It has ended'),
    202: json(acceptedSchema, 'It ends as soon as a worker is there'),
    ...adminProblems('RunNotFound', 'NotActive'),
  },
});

const pauseRoute = createRoute({
  ...onRun('pause', 'Start no more images until it is resumed'),
  responses: {
    202: json(acceptedSchema, 'It has been told'),
    ...adminProblems('RunNotFound', 'NotActive'),
  },
});

const resumeRoute = createRoute({
  ...onRun('resume', 'Go on'),
  responses: {
    202: json(acceptedSchema, 'It has been told'),
    ...adminProblems('RunNotFound', 'NotActive'),
  },
});

const retryRoute = createRoute({
  ...onRun('retry', 'Start a run with what failed in this one'),
  request: {
    params: runId,
    ...body(
      z.strictObject({
        kinds: z.array(z.string()).min(1).optional(),
        concurrency: z.int().min(1).max(500).optional(),
      }),
    ),
  },
  responses: {
    201: json(StartedSchema, 'The new run'),
    ...adminProblems(
      'InvalidInput',
      'RunNotFound',
      'AlreadyActive',
      'NoImages',
      'StorageNotConfigured',
    ),
  },
});

const changeRoute = createRoute({
  ...admins,
  method: 'patch',
  path: '/preprocess-tasks/runs/{id}',
  summary: 'Change how many images are in flight',
  request: {
    params: runId,
    ...requiredBody(z.strictObject({ concurrency: z.int().min(1).max(500) })),
  },
  responses: {
    202: json(z.object({ id: z.string(), concurrency: z.int() }), 'It has been told'),
    ...adminProblems('InvalidInput', 'RunNotFound', 'NotActive'),
  },
});

export function runControlRoutes(api: OpenAPIHono<HttpEnv>, { darkroom: { backfill } }: HttpDeps) {
  api.openapi(kickRoute, async (c) => {
    const { id } = c.req.valid('param');
    return c.json({ id, ...(await backfill.kick(id)) }, 200);
  });

  api.openapi(cancelRoute, async (c) => {
    const { id } = c.req.valid('param');
    const run = await within((signal) => backfill.cancel(id, { signal }));
    return run === undefined ? c.json({ id }, 202) : c.json(run, 200);
  });

  api.openapi(pauseRoute, async (c) => {
    const { id } = c.req.valid('param');
    await backfill.pause(id);
    return c.json({ id }, 202);
  });

  api.openapi(resumeRoute, async (c) => {
    const { id } = c.req.valid('param');
    await backfill.resume(id);
    return c.json({ id }, 202);
  });

  api.openapi(retryRoute, async (c) => {
    const { id: of } = c.req.valid('param');
    const options = defined(c.req.valid('json'));
    const { runId: id, images } = await backfill.retry({
      ...{ runId: of, ...options },
      startedBy: startedByToken(c),
    });
    c.header('location', `/api/v1/preprocess-tasks/runs/${id}`);
    return c.json({ id, runId: id, images }, 201);
  });

  api.openapi(changeRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { concurrency } = c.req.valid('json');
    await backfill.setConcurrency(concurrency, id);
    return c.json({ id, concurrency }, 202);
  });
}
