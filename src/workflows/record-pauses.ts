import { condition, isCancellation, log } from '@temporalio/workflow';
import type { Settings } from './backfill-settings.js';
import { catalogActivities } from './catalog-activities.js';
import type { ImageWindow } from './image-window.js';
import type { RunControl } from './run-control.js';

/**
 * Files pause and resume with the run, so that lists say so too and not only the workflow.
 * @param isPaused what the row says already; a pause may come before the run is opened
 */
export function recordPauses(
  { runId }: Settings,
  control: RunControl,
  window: ImageWindow,
  isPaused: boolean,
): { recorded: () => Promise<void> } {
  let recorded = isPaused;

  async function record(): Promise<void> {
    const { paused, because } = control.state;
    const status = paused ? ('paused' as const) : ('running' as const);
    const { markRun } = catalogActivities(paused ? 'paused' : 'goes on');
    const failure = because !== undefined && { failure: because };
    await markRun({ runId, status, ...window.counts, ...failure }).catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      // The row is behind until the next word; that is no reason to stop.
      log.warn('the pause of a run could not be filed', { runId, status });
    });
    recorded = paused;
  }

  async function follow(): Promise<void> {
    for (;;) {
      await condition(() => control.state.paused !== recorded);
      window.onChange();
      await record();
    }
  }

  follow().catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return { recorded: () => condition(() => control.state.paused === recorded) };
}
