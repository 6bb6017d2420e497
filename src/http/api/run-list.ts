import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { BackfillOptions } from '../../client.js';
import { etaSeconds, ratePerSecond } from '../../domain/progress.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { defined } from '../../domain/defined.js';
import { body, forRole, json, adminProblems } from './describe-route.js';
import { paging } from './image-schemas.js';
import { nextPage } from './next-page.js';
import {
  PreviewQuerySchema,
  PreviewSchema,
  runId,
  RunInDetailSchema,
  RunSchema,
  StartedSchema,
  StartSchema,
} from './run-schemas.js';
import { startedByToken } from './started-by.js';

const admins = { ...forRole('admin'), tags: ['backfill'] };

const previewRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/preprocess-tasks/preview-count',
  summary: 'What a backfill would take, before it starts',
  request: { query: PreviewQuerySchema },
  responses: {
    200: json(PreviewSchema, 'The count and the cost'),
    ...adminProblems('InvalidInput'),
  },
});

const listRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/preprocess-tasks/runs',
  summary: 'Runs, newest first',
  request: { query: z.object(paging) },
  responses: {
    200: json(
      z.object({ runs: z.array(RunSchema), next: z.string().optional() }),
      'A page; `next` is the path of the page after it',
    ),
    ...adminProblems('InvalidInput'),
  },
});

const getRunRoute = createRoute({
  ...admins,
  method: 'get',
  path: '/preprocess-tasks/runs/{id}',
  summary: 'Where a run stands, and what failed',
  request: { params: runId },
  responses: { 200: json(RunInDetailSchema, 'The run'), ...adminProblems('RunNotFound') },
});

const startRoute = createRoute({
  ...admins,
  method: 'post',
  path: '/preprocess-tasks/runs',
  summary: 'Start a backfill; one at a time',
  request: { ...body(StartSchema) },
  responses: {
    201: json(StartedSchema, 'It has started'),
    ...adminProblems('InvalidInput', 'AlreadyActive', 'NoImages', 'StorageNotConfigured'),
  },
});

export function runListRoutes(api: OpenAPIHono<HttpEnv>, { darkroom: { backfill } }: HttpDeps) {
  api.openapi(previewRoute, async (c) =>
    c.json(await backfill.preview(optionsOf(c.req.valid('query'))), 200),
  );

  api.openapi(listRoute, async (c) => {
    const { limit, after } = c.req.valid('query');
    const { page: runs, ...rest } = nextPage(c, await backfill.runs(limit + 1, after), limit);
    return c.json({ runs, ...rest }, 200);
  });

  api.openapi(getRunRoute, async (c) => {
    const { id } = c.req.valid('param');
    const progress = await backfill.status(id);
    const [run, failures] = await Promise.all([backfill.run(id), backfill.failures(id)]);
    const { inFlight, concurrency, because, status, done, failed, total } = progress;
    const secondsLeft = run.finishedAt === undefined ? etaSeconds(progress) : undefined;
    const imagesPerSecond = Number(ratePerSecond(progress).toFixed(3));
    return c.json(
      {
        ...run,
        ...{ status, done, failed, total },
        progress: { inFlight, concurrency, imagesPerSecond, ...defined({ secondsLeft, because }) },
        failures,
      },
      200,
    );
  });

  api.openapi(startRoute, async (c) => {
    const { runId: id, images } = await backfill.start({
      ...optionsOf(c.req.valid('json')),
      startedBy: startedByToken(c),
    });
    c.header('location', `/api/v1/preprocess-tasks/runs/${id}`);
    return c.json({ id, runId: id, images }, 201);
  });
}

function optionsOf({
  force,
  owner,
  ...options
}: z.infer<typeof StartSchema> | z.infer<typeof PreviewQuerySchema>): BackfillOptions {
  const scope = force === true ? 'all' : options.scope;
  return defined({ ...options, scope, ownerId: owner });
}
