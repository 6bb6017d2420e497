import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { selectionOf, type Settings } from './backfill-settings.js';
import { catalogActivities } from './catalog-activities.js';
import type { BackfillPosition } from './messages.js';
import { asFailure, whatFailed } from './step-failure.js';

const { openRun } = catalogActivities('open the run');

/** Opens the row of the run, and says where its work begins. */
export async function openedRun(run: Settings): Promise<Omit<BackfillPosition, 'control'>> {
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
    const end = failedWith(error);
    await CancellationScope.nonCancellable(() => closeRun({ runId, ...end, done: 0, failed: 0 }));
    throw asFailure(end.failure);
  }
}

/** Files the end of the run. */
export function closeRun(end: Parameters<Activities['closeRun']>[0]): Promise<void> {
  return catalogActivities(`close the run: ${end.status.replaceAll('_', ' ')}`).closeRun(end);
}

/** How a run ends that could not go on. */
export function failedWith(error: unknown) {
  return { status: 'failed' as const, failure: whatFailed(error) };
}
