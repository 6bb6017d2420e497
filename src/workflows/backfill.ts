import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { progressTable, type Progress } from '../domain/progress.js';
import { outcome } from '../domain/runs.js';
import { freshControl, selectionOf, settingsOf, type Settings } from './backfill-settings.js';
import { catalogActivities } from './catalog-activities.js';
import { ImageWindow } from './image-window.js';
import {
  progressQuery,
  type BackfillInput,
  type BackfillPosition,
  type BackfillResult,
} from './messages.js';
import { recordPauses } from './record-pauses.js';
import { RunControl } from './run-control.js';
import { closeRun, failedWith, openedRun } from './run-record.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { asFailure } from './step-failure.js';

/** Processes every image in scope, a page at a time, with a bounded number of them in flight. */
export async function backfill(input: BackfillInput = {}): Promise<BackfillResult> {
  const run = settingsOf(input);
  if (input.scope !== undefined) {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.scope, value: run.scope }]);
  }
  const control = new RunControl(input.resume?.control ?? freshControl(input));
  const position = input.resume ?? (await openedRun(run));
  const window = openWindow(run, control, position);
  const pauses = recordPauses(run, control, window, input.resume?.control.paused ?? false);

  let next: Place | undefined;
  const pages = new CancellationScope();
  try {
    next = await pages.run(() => processPages(run, window, position));
    if (next !== undefined) await pauses.recorded();
  } catch (error) {
    const end = isCancellation(error) ? { status: 'cancelled' as const } : failedWith(error);
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

/** Where a new execution goes on, or nothing when everything has been started and has ended. */
async function processPages(
  run: Settings,
  window: ImageWindow,
  position: Place,
): Promise<Place | undefined> {
  let { after, started } = position;
  for (let pages = 0; !dueForRenewal(run, pages); pages += 1) {
    const limit = Math.min(run.pageSize, run.limit - started);
    const { images } = await catalogActivities(`page from image ${started + 1}`).pageImages({
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
