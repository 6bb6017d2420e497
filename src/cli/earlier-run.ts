import type { Darkroom } from '../client.js';
import type { Run } from '../domain/runs.js';
import type { Print } from './print.js';
import { showProgress } from './progress-bar.js';

/**
 * The run that an earlier start was stopped in the middle of goes on with the worker: it is shown to
 * its end, also if it was paused. `undefined` when there is none.
 */
export async function finishEarlierRun(
  darkroom: Darkroom,
  print: Print,
  signal: AbortSignal,
): Promise<Run | undefined> {
  const [newest] = await darkroom.backfill.runs(1);
  if (newest === undefined || newest.finishedAt !== undefined) return undefined;
  const { status, runId } = await darkroom.backfill.status(newest.id);
  if (status !== 'running' && status !== 'paused') return undefined;
  print.line('A run that was under way goes on first.');
  if (status === 'paused') await darkroom.backfill.resume();
  return showProgress(darkroom.backfill.watch(runId, { signal }), print);
}
