import { setTimeout as wait } from 'node:timers/promises';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Catalog, RunFailure } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { BACKFILL_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import { STEPS, type Step } from '../domain/image.js';
import type { Progress } from '../domain/progress.js';
import type { Run, Scope } from '../domain/runs.js';
import type { backfill } from '../workflows/backfill.js';
import { progressQuery, type BackfillInput } from '../workflows/messages.js';
import { BACKFILL_DEFAULTS, PRIORITY } from '../workflows/policies.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

export type BackfillOptions = Omit<BackfillInput, 'resume'>;

export interface Backfills {
  /** How many images a backfill with these options would take. */
  preview(options?: BackfillOptions): Promise<{ images: number; scope: Scope; steps: Step[] }>;
  /** @throws DarkroomError `AlreadyActive`, `NoImages` or `StorageNotConfigured`. */
  start(options?: BackfillOptions): Promise<{ runId: string; images: number }>;
  /** The active run, or the newest one when none is active. @throws DarkroomError `RunNotFound` */
  status(runId?: string): Promise<Progress>;
  /** The progress now and whenever it is asked for again, until the run has ended. */
  watch(runId: string, options?: WatchOptions): AsyncGenerator<Progress, Run>;
  /** Resolves when the run has ended `cancelled`. @throws DarkroomError `NotActive` */
  cancel(): Promise<Run>;
  runs(limit?: number): Promise<Run[]>;
  failures(runId: string): Promise<RunFailure[]>;
}

export interface WatchOptions {
  everyMs?: number;
  /** Ends the watching, not the run. */
  signal?: AbortSignal;
}

export interface BackfillDeps {
  client: Client;
  catalog: Catalog;
  variantsConfigured: boolean;
  recipeHash: () => Promise<string>;
}

export function backfills(deps: BackfillDeps): Backfills {
  return {
    preview: (options = {}) => preview(deps, options),
    start: (options = {}) => start(deps, options),
    status: (runId) => status(deps, runId),
    watch: (runId, options) => watch(deps, runId, options),
    cancel: () => cancel(deps),
    runs: (limit = 20) => deps.catalog.runs.list(limit),
    failures: (runId) => deps.catalog.runs.failures(runId),
  };
}

async function preview({ catalog, recipeHash }: BackfillDeps, options: BackfillOptions) {
  const { scope = 'missing', steps = [...STEPS], ownerId, limit } = options;
  const images = await catalog.images.count({
    scope,
    steps,
    recipe: scope === 'stale' ? await recipeHash() : '',
    ...(ownerId !== undefined && { ownerId }),
  });
  return { images: Math.min(images, limit ?? images), scope, steps };
}

async function start(deps: BackfillDeps, options: BackfillOptions) {
  if ((await activeRunId(deps.client)) !== undefined) throw new DarkroomError('AlreadyActive');
  const { images, scope, steps } = await preview(deps, options);
  if (steps.includes('variants') && !deps.variantsConfigured) {
    throw new DarkroomError('StorageNotConfigured');
  }
  if (images === 0) {
    throw new DarkroomError('NoImages', `There are no images to process in scope "${scope}".`);
  }
  try {
    const handle = await deps.client.workflow.start<typeof backfill>('backfill', {
      workflowId: BACKFILL_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args: [options],
      priority: { priorityKey: PRIORITY.backfill },
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.scope, value: scope }],
      staticSummary: `Backfill of ${images} images (${scope})`,
    });
    const runId = handle.firstExecutionRunId;
    // The workflow files the run too, but only once a worker is there; people ask at once.
    const filedAs = { id: runId, workflowId: BACKFILL_WORKFLOW_ID, scope, steps, total: images };
    await deps.catalog.runs.open(filedAs);
    return { runId, images };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new DarkroomError('AlreadyActive', undefined, { cause: error });
    }
    throw error;
  }
}

async function activeRunId(client: Client): Promise<string | undefined> {
  const newest = await newestExecution(client);
  return newest?.status === 'RUNNING' ? newest.runId : undefined;
}

/** The run id is that of the first execution, as in the catalog, also after continue-as-new. */
async function newestExecution(client: Client) {
  try {
    const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
    const { status, runId, raw } = await handle.describe();
    return { status: status.name, runId: raw.workflowExecutionInfo?.firstRunId || runId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * The run as the catalog has it. A run that was stopped before it could file its end, as a
 * terminated one is, gets it filed by whoever looks next.
 */
async function lookUp({ client, catalog }: BackfillDeps, runId: string): Promise<Run | undefined> {
  const run = await catalog.runs.get(runId);
  if (run?.finishedAt !== undefined) return run;
  // While Temporal cannot be asked, nothing says that the run has ended.
  const newest = await newestExecution(client).catch(() => ({ runId, status: 'RUNNING' }));
  if (newest?.runId === runId && newest.status === 'RUNNING') return run;
  // It may have ended by itself between the two looks.
  const again = await catalog.runs.get(runId);
  if (again === undefined) {
    throw new DarkroomError('RunNotFound', `There is no run ${runId}.`);
  }
  if (again.finishedAt !== undefined) return again;
  const { done, failed } = again;
  const cancelled = newest?.runId === runId && newest.status === 'CANCELLED';
  await catalog.runs.close(runId, {
    ...{ done, failed, status: cancelled ? 'cancelled' : 'failed' },
    ...(!cancelled && { failure: STOPPED }),
  });
  return catalog.runs.get(runId);
}

const STOPPED = { kind: 'WorkflowStopped', message: 'It was stopped from outside.' };

async function status(deps: BackfillDeps, runId?: string): Promise<Progress> {
  const found = await findRun(deps.catalog, runId);
  const run = (await lookUp(deps, found.id)) ?? found;
  return (
    (run.finishedAt === undefined ? await liveProgress(deps.client, run) : undefined) ?? filed(run)
  );
}

async function findRun(catalog: Catalog, runId?: string): Promise<Run> {
  const run = runId === undefined ? (await catalog.runs.list(1))[0] : await catalog.runs.get(runId);
  if (run !== undefined) return run;
  const message =
    runId === undefined ? 'There has been no backfill yet.' : `There is no run ${runId}.`;
  throw new DarkroomError('RunNotFound', message);
}

/** What the workflow answers; nothing while no worker is there to answer for it. */
async function liveProgress(client: Client, run: Run): Promise<Progress | undefined> {
  const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
  const asked = client.withDeadline(Date.now() + 3_000, () => handle.query(progressQuery));
  const progress = await asked.catch(() => undefined);
  return progress?.runId === run.id ? progress : undefined;
}

/** What the catalog was told last. */
function filed(run: Run): Progress {
  const { id: runId, scope, total, done, failed } = run;
  return {
    ...{ runId, scope, status: run.status, total, done, failed },
    inFlight: 0,
    concurrency: BACKFILL_DEFAULTS.concurrency,
    startedAtMs: run.startedAt.getTime(),
    nowMs: (run.finishedAt ?? new Date()).getTime(),
  };
}

async function* watch(
  deps: BackfillDeps,
  runId: string,
  { everyMs = 500, signal }: WatchOptions = {},
): AsyncGenerator<Progress, Run> {
  for (;;) {
    const run = await lookUp(deps, runId);
    if (run?.finishedAt !== undefined) {
      yield filed(run);
      return run;
    }
    if (run !== undefined) yield (await liveProgress(deps.client, run)) ?? filed(run);
    await wait(everyMs, undefined, signal && { signal });
  }
}

async function cancel(deps: BackfillDeps): Promise<Run> {
  const runId = await activeRunId(deps.client);
  if (runId === undefined) throw new DarkroomError('NotActive');
  await deps.client.workflow.getHandle(BACKFILL_WORKFLOW_ID).cancel();
  const watching = watch(deps, runId, { everyMs: 200 });
  for (;;) {
    const step = await watching.next();
    if (step.done === true) return step.value;
  }
}
