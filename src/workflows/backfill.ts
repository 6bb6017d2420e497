import {
  CancellationScope,
  condition,
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
import { RunControl, type ControlState } from './run-control.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { asFailure, whatFailed } from './step-failure.js';

/** Short work on the catalog, under the words that the Temporal Web UI shows of it. */
const catalog = (summary: string) => proxyActivities<Activities>({ ...POLICIES.catalog, summary });
const { openRun } = catalog('open the run');

/** Processes every image in scope, a page at a time, with a bounded number of them in flight. */
export async function backfill(input: BackfillInput = {}): Promise<BackfillResult> {
  const run = settingsOf(input);
  if (input.scope !== undefined) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.scope, value: run.scope }]);
  }
  const control = new RunControl(input.resume?.control ?? freshControl(input));
  const position = input.resume ?? (await begin(run));
  const window = openWindow(run, control, position);
  const pause = followPause(run, control, window);

  let next: Place | undefined;
  const pages = new CancellationScope();
  try {
    next = await pages.run(() => processPages(run, window, position));
  } catch (error) {
    const end = isCancellation(error) ? { status: 'cancelled' as const } : failureOf(error);
    pages.cancel();
    await CancellationScope.nonCancellable(async () => {
      // The children stop with the run; the counts are exact once the last of them has.
      await window.drain();
      await closeRun({ runId: run.runId, ...end, ...window.counts });
    });
    throw 'failure' in end ? asFailure(end.failure) : error;
  }
  if (next !== undefined) {
    await pause.filed();
    const { total, startedAtMs } = position;
    const resume = { ...next, ...window.counts, total, startedAtMs, control: control.state };
    return continueAsNew<typeof backfill>({ ...input, resume });
  }
  const status = outcome(window.counts);
  await closeRun({ runId: run.runId, status, ...window.counts });
  return { runId: run.runId, status, ...window.counts };
}

type Settings = ReturnType<typeof settingsOf>;
type Place = Pick<BackfillPosition, 'after' | 'started'>;

function settingsOf(input: BackfillInput) {
  return {
    runId: workflowInfo().firstExecutionRunId,
    scope: input.scope ?? (input.retryOf ? 'failed' : 'missing'),
    steps: input.steps ?? [...STEPS],
    ...(input.ownerId !== undefined && { ownerId: input.ownerId }),
    ...(input.ids !== undefined && { ids: input.ids }),
    ...(input.retryOf !== undefined && { retryOf: input.retryOf }),
    pageSize: input.pageSize ?? BACKFILL_DEFAULTS.pageSize,
    pagesPerExecution: input.pagesPerExecution ?? BACKFILL_DEFAULTS.pagesPerExecution,
    limit: input.limit ?? Infinity,
  };
}

function selectionOf({ scope, steps, ownerId, ids, retryOf }: Settings) {
  return {
    scope,
    steps,
    ...(ownerId !== undefined && { ownerId }),
    ...(ids !== undefined && { ids }),
    ...(retryOf !== undefined && { retryOf }),
  };
}

function freshControl(input: BackfillInput): ControlState {
  return { concurrency: input.concurrency ?? BACKFILL_DEFAULTS.concurrency, paused: false };
}

async function begin(run: Settings): Promise<Omit<BackfillPosition, 'control'>> {
  const startedAtMs = Date.now();
  const { workflowId } = workflowInfo();
  const { runId, limit } = run;
  const opening = { runId, workflowId, ...selectionOf(run) };
  try {
    // Even a run that is cancelled at once has been there, and says so.
    const { total } = await CancellationScope.nonCancellable(() =>
      openRun({ ...opening, ...(Number.isFinite(limit) && { limit }) }),
    );
    return { started: 0, done: 0, failed: 0, total, startedAtMs };
  } catch (error) {
    const end = failureOf(error);
    await closeRun({ runId, ...end, done: 0, failed: 0 });
    throw asFailure(end.failure);
  }
}

/** The window and what people see of it: the progress query and the details in the Web UI. */
function openWindow(
  run: Settings,
  control: RunControl,
  { total, startedAtMs, done, failed }: Omit<BackfillPosition, 'control'>,
): ImageWindow {
  const progress = (): Progress => {
    const { concurrency, paused, because } = control.state;
    return {
      runId: run.runId,
      scope: run.scope,
      status: paused ? 'paused' : 'running',
      ...(because !== undefined && { because }),
      ...window.counts,
      total,
      inFlight: window.inFlight,
      concurrency,
      startedAtMs,
      nowMs: Date.now(),
    };
  };
  const window: ImageWindow = new ImageWindow({
    counts: { done, failed },
    request: { steps: run.steps, force: run.scope === 'all', runId: run.runId },
    control,
    onChange: () => setCurrentDetails(progressTable(progress())),
  });
  setHandler(progressQuery, progress);
  return window;
}

/** Files pause and resume with the run, so that lists say so too and not only the workflow. */
function followPause(run: Settings, control: RunControl, window: ImageWindow) {
  let filed = control.state.paused;
  const follow = async () => {
    for (;;) {
      await condition(() => control.state.paused !== filed);
      window.onChange();
      const { paused, because } = control.state;
      await catalog(paused ? 'paused' : 'goes on').markRun({
        runId: run.runId,
        status: paused ? 'paused' : 'running',
        ...window.counts,
        ...(because !== undefined && { failure: because }),
      });
      filed = paused;
    }
  };
  follow().catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return { filed: () => condition(() => control.state.paused === filed) };
}

/** Files the end of the run. */
function closeRun(end: Parameters<Activities['closeRun']>[0]): Promise<void> {
  return catalog(`close the run: ${end.status.replaceAll('_', ' ')}`).closeRun(end);
}

/** Where a new execution goes on, or nothing when everything has been started and has ended. */
async function processPages(
  run: Settings,
  window: ImageWindow,
  position: Place,
): Promise<Place | undefined> {
  let { after, started } = position;
  for (let pages = 0; !dueForRenewal(run, pages); pages += 1) {
    const limit = Math.min(run.pageSize, run.limit - started);
    const { images } = await catalog(`page from image ${started + 1}`).pageImages({
      runId: run.runId,
      ...window.counts,
      ...selectionOf(run),
      limit: Math.max(0, limit),
      ...(after !== undefined && { after }),
    });
    for (const image of images) await window.add(image);

    started += images.length;
    after = images.at(-1)?.id;
    if (images.length < run.pageSize || after === undefined) {
      await window.finish();
      return undefined;
    }
  }
  await window.finish();
  return { started, ...(after !== undefined && { after }) };
}

function dueForRenewal({ pagesPerExecution }: Settings, pages: number): boolean {
  return pages >= pagesPerExecution || workflowInfo().continueAsNewSuggested;
}

function failureOf(error: unknown) {
  return { status: 'failed' as const, failure: whatFailed(error) };
}
