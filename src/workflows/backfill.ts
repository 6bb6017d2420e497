import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { progressTable, type Progress } from '../domain/progress.js';
import { outcome } from '../domain/runs.js';
import { freshControl, selectionOf, settingsOf, type Settings } from './backfill-settings.js';
import { ImageWindow } from './image-window.js';
import {
  progressQuery,
  type BackfillInput,
  type BackfillPosition,
  type BackfillResult,
} from './messages.js';
import { POLICIES } from './policies.js';
import { RunControl } from './run-control.js';
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
  const pause = followPause(run, control, window, input.resume?.control.paused);

  let next: Place | undefined;
  const pages = new CancellationScope();
  try {
    next = await pages.run(() => processPages(run, window, position));
    if (next !== undefined) await pause.filed();
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
    const { total, startedAtMs } = position;
    const resume = { ...next, ...window.counts, total, startedAtMs, control: control.state };
    return continueAsNew<typeof backfill>({ ...input, resume });
  }
  const status = outcome(window.counts);
  // There is nothing left to cancel, and a run that has ended says so.
  await CancellationScope.nonCancellable(() =>
    closeRun({ runId: run.runId, status, ...window.counts }),
  );
  return { runId: run.runId, status, ...window.counts };
}

type Place = Pick<BackfillPosition, 'after' | 'started'>;

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
    await CancellationScope.nonCancellable(() => closeRun({ runId, ...end, done: 0, failed: 0 }));
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
      ...(window.describing > 0 && { describing: window.describing }),
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

/**
 * Files pause and resume with the run, so that lists say so too and not only the workflow.
 * @param filed whether the row says paused already; a pause may come before the run is opened
 */
function followPause(run: Settings, control: RunControl, window: ImageWindow, filed = false) {
  const follow = async () => {
    for (;;) {
      await condition(() => control.state.paused !== filed);
      window.onChange();
      const { paused, because } = control.state;
      const status = paused ? ('paused' as const) : ('running' as const);
      const row = { runId: run.runId, status, ...window.counts };
      const filing = catalog(paused ? 'paused' : 'goes on').markRun({
        ...row,
        ...(because !== undefined && { failure: because }),
      });
      await filing.catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        // The row is behind until the next word; that is no reason to stop.
        log.warn('the pause of a run could not be filed', { runId: run.runId, status });
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
