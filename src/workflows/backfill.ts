import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { STEPS } from '../domain/image.js';
import { progressTable, type Progress } from '../domain/progress.js';
import { outcome } from '../domain/runs.js';
import { ImageWindow } from './image-window.js';
import {
  progressQuery,
  type BackfillInput,
  type BackfillPosition,
  type BackfillResult,
} from './messages.js';
import { BACKFILL_DEFAULTS, POLICIES } from './policies.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { whatFailed } from './step-failure.js';

const { openRun, pageImages, closeRun } = proxyActivities<Activities>(POLICIES.catalog);

/** Processes every image in scope, a page at a time, with a bounded number of them in flight. */
export async function backfill(input: BackfillInput = {}): Promise<BackfillResult> {
  const run = settingsOf(input);
  if (input.scope !== undefined) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.scope, value: run.scope }]);
  }
  const position = input.resume ?? (await begin(run));
  const window = openWindow(run, position);

  let next: BackfillPosition | undefined;
  try {
    next = await processPages(run, window, position);
    await window.drain();
  } catch (error) {
    throw isCancellation(error)
      ? await cancelled(run, window, error)
      : await failed(run, error, window.counts);
  }
  if (next !== undefined) {
    return continueAsNew<typeof backfill>({ ...input, resume: { ...next, ...window.counts } });
  }
  const status = outcome(window.counts);
  await closeRun({ runId: run.runId, status, ...window.counts });
  return { runId: run.runId, status, ...window.counts };
}

type Settings = ReturnType<typeof settingsOf>;

function settingsOf(input: BackfillInput) {
  return {
    runId: workflowInfo().firstExecutionRunId,
    scope: input.scope ?? 'missing',
    steps: input.steps ?? [...STEPS],
    ...(input.ownerId !== undefined && { ownerId: input.ownerId }),
    concurrency: input.concurrency ?? BACKFILL_DEFAULTS.concurrency,
    pageSize: input.pageSize ?? BACKFILL_DEFAULTS.pageSize,
    pagesPerExecution: input.pagesPerExecution ?? BACKFILL_DEFAULTS.pagesPerExecution,
    limit: input.limit ?? Infinity,
  };
}

function selectionOf({ scope, steps, ownerId }: Settings) {
  return { scope, steps, ...(ownerId !== undefined && { ownerId }) };
}

async function begin(run: Settings): Promise<BackfillPosition> {
  const startedAtMs = Date.now();
  const { workflowId } = workflowInfo();
  try {
    const { total } = await openRun({
      runId: run.runId,
      workflowId,
      ...selectionOf(run),
      ...(Number.isFinite(run.limit) && { limit: run.limit }),
    });
    return { started: 0, done: 0, failed: 0, total, startedAtMs };
  } catch (error) {
    throw isCancellation(error) ? error : await failed(run, error);
  }
}

/** The window and what people see of it: the progress query and the details in the Web UI. */
function openWindow(run: Settings, { total, startedAtMs, ...position }: BackfillPosition) {
  const progress = (): Progress => ({
    runId: run.runId,
    scope: run.scope,
    status: 'running',
    ...window.counts,
    total,
    inFlight: window.inFlight,
    concurrency: run.concurrency,
    startedAtMs,
    nowMs: Date.now(),
  });
  const window: ImageWindow = new ImageWindow({
    counts: { done: position.done, failed: position.failed },
    request: { steps: run.steps, force: run.scope === 'all', runId: run.runId },
    concurrency: run.concurrency,
    onChange: () => setCurrentDetails(progressTable(progress())),
  });
  setHandler(progressQuery, progress);
  return window;
}

/** The position from which a new execution goes on, or nothing when everything has been started. */
async function processPages(
  run: Settings,
  window: ImageWindow,
  position: BackfillPosition,
): Promise<BackfillPosition | undefined> {
  let { after, started } = position;
  for (let pages = 0; !dueForRenewal(run, pages); pages += 1) {
    const limit = Math.min(run.pageSize, run.limit - started);
    if (limit <= 0) return undefined;
    const { images } = await pageImages({
      runId: run.runId,
      ...window.counts,
      ...selectionOf(run),
      limit,
      ...(after !== undefined && { after }),
    });
    for (const image of images) await window.add(image);

    started += images.length;
    after = images.at(-1)?.id;
    if (images.length < limit || after === undefined) return undefined;
  }
  return { ...position, started, ...(after !== undefined && { after }) };
}

function dueForRenewal({ pagesPerExecution }: Settings, pages: number): boolean {
  return pages >= pagesPerExecution || workflowInfo().continueAsNewSuggested;
}

/** The children stop with the run; the counts are exact once the last of them has. */
async function cancelled(run: Settings, window: ImageWindow, error: unknown): Promise<unknown> {
  await CancellationScope.nonCancellable(async () => {
    await window.drain();
    await closeRun({ runId: run.runId, status: 'cancelled', ...window.counts });
  });
  return error;
}

async function failed(run: Settings, error: unknown, counts = { done: 0, failed: 0 }) {
  const failure = whatFailed(error);
  await closeRun({ runId: run.runId, status: 'failed', ...counts, failure });
  return ApplicationFailure.nonRetryable(failure.message, failure.kind);
}
