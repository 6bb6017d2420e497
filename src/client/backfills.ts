import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import type { Catalog, RunFailure } from '../catalog/catalog.js';
import { checkConcurrency, checkRun } from '../domain/check-run.js';
import { DarkroomError } from '../domain/failures.js';
import { BACKFILL_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import type { Progress } from '../domain/progress.js';
import type { Run } from '../domain/runs.js';
import type { backfill } from '../workflows/backfill.js';
import {
  pauseSignal,
  resumeSignal,
  setConcurrencySignal,
  type BackfillInput,
} from '../workflows/messages.js';
import { BACKFILL_DEFAULTS, PRIORITY } from '../workflows/policies.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import { previewBackfill, type BackfillPreview, type Today } from './backfill-preview.js';
import {
  activeRunId,
  findRun,
  progressOf,
  watchRun,
  type WatchOptions,
} from './backfill-progress.js';

/** How long a run that has filed its end may take to close. */
const CLOSING_MS = 10_000;

export type BackfillOptions = Omit<BackfillInput, 'resume'>;

export interface Backfills {
  /** How many images a backfill with these options would take, and what that costs. */
  preview(options?: BackfillOptions): Promise<BackfillPreview>;
  /** @throws DarkroomError `InvalidInput`, `AlreadyActive`, `NoImages` or `StorageNotConfigured`. */
  start(options?: BackfillOptions): Promise<{ runId: string; images: number }>;
  /** The active run, or the newest one when none is active. @throws DarkroomError `RunNotFound` */
  status(runId?: string): Promise<Progress>;
  /** The progress now and whenever it is asked for again, until the run has ended. */
  watch(runId: string, options?: WatchOptions): AsyncGenerator<Progress, Run>;
  /** No image is started until `resume`; those in flight finish. @throws DarkroomError `NotActive` */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Images in flight at once, from now on. @throws DarkroomError `NotActive`, `InvalidInput` */
  setConcurrency(concurrency: number): Promise<void>;
  /**
   * Starts a run with what failed in an earlier one and has not succeeded since, also what was set
   * aside; the newest run unless another is named.
   * @throws DarkroomError `InvalidInput`, `AlreadyActive`, `NoImages`, `RunNotFound`
   */
  retry(options?: RetryOptions): Promise<{ runId: string; images: number }>;
  /** Resolves when the run has ended `cancelled`. @throws DarkroomError `NotActive` */
  cancel(): Promise<Run>;
  runs(limit?: number): Promise<Run[]>;
  failures(runId: string): Promise<RunFailure[]>;
}

export interface RetryOptions {
  runId?: string;
  kinds?: string[];
  concurrency?: number;
}

export interface BackfillDeps {
  client: Client;
  catalog: Catalog;
  variantsConfigured: boolean;
  /** Asked only when it matters: it loads the encoders. */
  today: () => Promise<Today>;
}

export function backfills(deps: BackfillDeps): Backfills {
  return {
    preview: (options = {}) => previewBackfill(deps, options),
    start: (options = {}) => start(deps, options),
    status: (runId) => progressOf(deps, runId),
    watch: (runId, options) => watchRun(deps, runId, options),
    pause: () => tell(deps, pauseSignal),
    resume: () => tell(deps, resumeSignal),
    setConcurrency: (concurrency) => setConcurrency(deps, concurrency),
    retry: (options = {}) => retry(deps, options),
    cancel: () => cancel(deps),
    runs: (limit = 20) => deps.catalog.runs.list(limit),
    failures: (runId) => deps.catalog.runs.failures(runId),
  };
}

async function start(deps: BackfillDeps, options: BackfillOptions) {
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
      staticSummary: `Backfill of ${images} images (${scope})`,
    });
    const runId = handle.firstExecutionRunId;
    // The workflow files the run too, but only once a worker is there; people ask at once.
    const { concurrency = BACKFILL_DEFAULTS.concurrency } = options;
    await deps.catalog.runs.open({
      ...{ id: runId, workflowId: BACKFILL_WORKFLOW_ID },
      ...{ scope, steps, total: images, concurrency },
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

async function tell(
  { client }: BackfillDeps,
  signal: typeof pauseSignal | typeof resumeSignal,
): Promise<void> {
  if ((await activeRunId(client)) === undefined) throw new DarkroomError('NotActive');
  await client.workflow.getHandle(BACKFILL_WORKFLOW_ID).signal(signal);
}

async function setConcurrency(
  { client, catalog }: BackfillDeps,
  concurrency: number,
): Promise<void> {
  checkConcurrency(concurrency);
  const runId = await activeRunId(client);
  if (runId === undefined) throw new DarkroomError('NotActive');
  await client.workflow.getHandle(BACKFILL_WORKFLOW_ID).signal(setConcurrencySignal, concurrency);
  await catalog.runs.setConcurrency(runId, concurrency);
}

async function retry(deps: BackfillDeps, { runId, kinds, concurrency }: RetryOptions) {
  const run = await findRun(deps.catalog, runId);
  return start(deps, {
    // What a run was to do again although it was done is to be done again this time too.
    scope: run.scope === 'all' ? 'all' : 'failed',
    steps: run.steps,
    retryOf: { runId: run.id, ...(kinds !== undefined && { kinds }) },
    ...(concurrency !== undefined && { concurrency }),
  });
}

async function cancel(deps: BackfillDeps): Promise<Run> {
  const runId = await activeRunId(deps.client);
  if (runId === undefined) throw new DarkroomError('NotActive');
  await deps.client.workflow.getHandle(BACKFILL_WORKFLOW_ID).cancel();
  const watching = watchRun(deps, runId, { everyMs: 200 });
  for (;;) {
    const step = await watching.next();
    if (step.done === true) return step.value;
  }
}
