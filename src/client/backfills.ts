import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Catalog, RunFailure } from '../catalog/catalog.js';
import { checkConcurrency, checkRun } from '../domain/check-run.js';
import { counted } from '../domain/counted.js';
import { DarkroomError } from '../domain/failures.js';
import { BACKFILL_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import { PRIORITY } from '../domain/priority.js';
import type { Progress } from '../domain/progress.js';
import type { Run } from '../domain/runs.js';
import type { backfill } from '../workflows/backfill.js';
import {
  pauseSignal,
  resumeSignal,
  setConcurrencySignal,
  type BackfillInput,
} from '../workflows/messages.js';
import { BACKFILL_DEFAULTS } from '../workflows/policies.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import { failureGroups, type FailureGroup } from './failure-groups.js';
import type { ImageView } from './image-view.js';
import { inFlight, type InFlight } from './in-flight.js';
import { previewBackfill, type BackfillPreview, type Today } from './backfill-preview.js';
import {
  activeRunId,
  findRun,
  lookUp,
  progressOf,
  watchRun,
  type WatchOptions,
} from './backfill-progress.js';
import { startUnfinished } from './kick-run.js';

/** A run in which more failed has one reason for it. */
const MOST_FAILURES = 500;
/** How long a run that has filed its end may take to close. */
const CLOSING_MS = 10_000;

export interface BackfillOptions extends Omit<BackfillInput, 'resume'> {
  /** Who asks, in words, as the list of runs shows it: `the page`, `cli`, `api token build`. */
  startedBy?: string;
}

export interface Backfills {
  /** How many images a backfill with these options would take, and what that costs. */
  preview(options?: BackfillOptions): Promise<BackfillPreview>;
  /** @throws DarkroomError `InvalidInput`, `AlreadyActive`, `NoImages` or `StorageNotConfigured`. */
  start(options?: BackfillOptions): Promise<{ runId: string; images: number }>;
  /** The active run, or the newest one when none is active. @throws DarkroomError `RunNotFound` */
  status(runId?: string): Promise<Progress>;
  /** The progress now and whenever it is asked for again, until the run has ended. */
  watch(runId: string, options?: WatchOptions): AsyncGenerator<Progress, Run>;
  // With a run id these refuse any other run than the one that was named.
  /** No image is started until `resume`; those in flight finish. @throws DarkroomError `NotActive` */
  pause(runId?: string): Promise<void>;
  resume(runId?: string): Promise<void>;
  /** Images in flight at once, from now on. @throws DarkroomError `NotActive`, `InvalidInput` */
  setConcurrency(concurrency: number, runId?: string): Promise<void>;
  /**
   * Wakes what the run has not finished: resumes it when it is paused, and starts its failed and
   * waiting images one by one, whether it is active or not. @throws DarkroomError `RunNotFound`
   */
  kick(runId: string): Promise<{ resumed: boolean; started: number }>;
  /**
   * Starts a run with what failed in an earlier one and has not succeeded since, also what was set
   * aside; the newest run unless another is named.
   * @throws DarkroomError `InvalidInput`, `AlreadyActive`, `NoImages`, `RunNotFound`
   */
  retry(options?: RetryOptions): Promise<{ runId: string; images: number }>;
  /**
   * Resolves when the run has ended `cancelled`, which takes a worker.
   * @param options `signal` ends the waiting, not the cancelling
   * @throws DarkroomError `NotActive`
   */
  cancel(runId?: string, options?: { signal?: AbortSignal }): Promise<Run>;
  /** Newest first; `after` is the last id of the page before. */
  runs(limit?: number, after?: string): Promise<Run[]>;
  /** @throws DarkroomError `RunNotFound` */
  run(runId: string): Promise<Run>;
  /** Oldest first, at most 500 unless more are wanted; `failureGroups` counts all of them. */
  failures(runId: string, limit?: number): Promise<RunFailure[]>;
  /** The failures of a run by kind, the most frequent first, each with its first images. */
  failureGroups(runId: string): Promise<FailureGroup[]>;
  /** What the active run works on now, at most 24 of them; nothing when none is active. */
  inFlight(): Promise<InFlight[]>;
}

export interface RetryOptions {
  runId?: string;
  kinds?: string[];
  concurrency?: number;
  startedBy?: string;
}

export interface BackfillDeps {
  client: Client;
  catalog: Catalog;
  variantsConfigured: boolean;
  /** Loads the encoders the first time, for their versions. */
  today: () => Promise<Today>;
  viewsOf: (imageIds: string[]) => Promise<ImageView[]>;
}

export function backfills(deps: BackfillDeps): Backfills {
  return {
    preview: (options = {}) => previewBackfill(deps, options),
    start: (options = {}) => start(deps, options),
    status: (runId) => progressOf(deps, runId),
    watch: (runId, options) => watchRun(deps, runId, options),
    pause: (runId) => tell(deps, pauseSignal, runId),
    resume: (runId) => tell(deps, resumeSignal, runId),
    setConcurrency: (concurrency, runId) => setConcurrency(deps, concurrency, runId),
    kick: (runId) => kick(deps, runId),
    retry: (options = {}) => retry(deps, options),
    cancel: (runId, { signal } = {}) => cancel(deps, runId, signal),
    runs: (limit = 20, after) => listRuns(deps, limit, after),
    run: (runId) => findRun(deps.catalog, runId),
    failures: (runId, limit = MOST_FAILURES) => deps.catalog.runs.failures(runId, limit),
    failureGroups: (runId) => failureGroups(deps.catalog, runId),
    inFlight: () => inFlight(deps),
  };
}

async function start(deps: BackfillDeps, { startedBy, ...options }: BackfillOptions) {
  checkRun(options);
  await refuseWhileActive(deps);
  const { images, scope, steps } = await previewBackfill(deps, options);
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
      staticSummary: `Backfill of ${counted(images, 'image')} (${scope})`,
    });
    const runId = handle.firstExecutionRunId;
    // The workflow files the run too, but only once a worker is there; people ask at once.
    const { concurrency = BACKFILL_DEFAULTS.concurrency } = options;
    await deps.catalog.runs.open({
      ...{ id: runId, workflowId: BACKFILL_WORKFLOW_ID },
      ...{ scope, steps, total: images, concurrency },
      ...(startedBy !== undefined && { startedBy }),
    });
    return { runId, images };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new DarkroomError('AlreadyActive', undefined, { cause: error });
    }
    throw error;
  }
}

/** A run that has filed its end needs a moment to close; whoever watched it need not know that. */
async function refuseWhileActive({ client, catalog }: BackfillDeps): Promise<void> {
  const runId = await activeRunId(client);
  if (runId === undefined) return;
  const run = await catalog.runs.get(runId);
  if (run?.finishedAt === undefined) throw new DarkroomError('AlreadyActive');
  const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
  await client
    .withDeadline(Date.now() + CLOSING_MS, () => handle.result())
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw new DarkroomError('AlreadyActive');
    });
}

/** @throws DarkroomError `RunNotFound`, `NotActive` when none is active, or another one */
async function requireActive({ client, catalog }: BackfillDeps, runId?: string): Promise<string> {
  if (runId !== undefined) await findRun(catalog, runId);
  const active = await activeRunId(client);
  // A run that has filed its end is over, although Temporal needs a moment to close it.
  const filed = active === undefined ? undefined : await catalog.runs.get(active);
  if (active === undefined || filed?.finishedAt !== undefined) throw new DarkroomError('NotActive');
  if (runId === undefined || runId === active) return active;
  throw new DarkroomError('NotActive', `The run ${runId} is not active any more.`);
}

/** A run that was terminated could not file its end; whoever lists it should not see it running. */
async function listRuns(deps: BackfillDeps, limit: number, after?: string): Promise<Run[]> {
  const runs = await deps.catalog.runs.list(limit, after);
  return Promise.all(
    runs.map(async (run) =>
      run.finishedAt === undefined ? ((await lookUp(deps, run.id)) ?? run) : run,
    ),
  );
}

async function tell(
  deps: BackfillDeps,
  signal: typeof pauseSignal | typeof resumeSignal,
  runId?: string,
): Promise<void> {
  await requireActive(deps, runId);
  await unlessEnded(deps.client.workflow.getHandle(BACKFILL_WORKFLOW_ID).signal(signal));
}

async function setConcurrency(
  deps: BackfillDeps,
  concurrency: number,
  runId?: string,
): Promise<void> {
  checkConcurrency(concurrency);
  const active = await requireActive(deps, runId);
  const handle = deps.client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
  await unlessEnded(handle.signal(setConcurrencySignal, concurrency));
  await deps.catalog.runs.setConcurrency(active, concurrency);
}

async function kick(deps: BackfillDeps, runId: string) {
  const run = await findRun(deps.catalog, runId);
  const { status } = await progressOf(deps, runId);
  const resumed = status === 'paused';
  if (resumed) await tell(deps, resumeSignal, runId);
  return { resumed, started: await startUnfinished(deps, run) };
}

async function retry(deps: BackfillDeps, options: RetryOptions) {
  const { runId, kinds, concurrency, startedBy } = options;
  const run = await findRun(deps.catalog, runId);
  return start(deps, {
    // What a run was to do again although it was done is to be done again this time too.
    scope: run.scope === 'all' ? 'all' : 'failed',
    steps: run.steps,
    retryOf: { runId: run.id, ...(kinds !== undefined && { kinds }) },
    ...(concurrency !== undefined && { concurrency }),
    ...(startedBy !== undefined && { startedBy }),
  });
}

async function cancel(deps: BackfillDeps, named?: string, signal?: AbortSignal): Promise<Run> {
  const runId = await requireActive(deps, named);
  await unlessEnded(deps.client.workflow.getHandle(BACKFILL_WORKFLOW_ID).cancel());
  const watching = watchRun(deps, runId, { everyMs: 200, ...(signal && { signal }) });
  for (;;) {
    const step = await watching.next();
    if (step.done === true) return step.value;
  }
}

/** It may end between the look and the word. */
async function unlessEnded(told: Promise<unknown>): Promise<void> {
  await told.catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new DarkroomError('NotActive', undefined, { cause: error });
  });
}
