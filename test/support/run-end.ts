import { vi } from 'vitest';
import { BACKFILL_WORKFLOW_ID } from '../../src/domain/ids.js';
import type { Run } from '../../src/domain/runs.js';
import type { Pipeline } from './pipeline.js';

/** Waits until the run has ended, so that the next may start, and gives it as the catalog has it. */
export async function runEnd(
  { deps, temporal }: Pipeline,
  runId: string,
  timeout = 50_000,
): Promise<Run> {
  const ended = async () => {
    const run = await deps.catalog.runs.get(runId);
    return run?.finishedAt === undefined ? undefined : run;
  };
  const run = await vi.waitUntil(ended, { timeout, interval: 50 });
  if (run === undefined) throw new Error('The run is gone.');
  // It files its end a moment before it closes.
  await temporal.workflow
    .getHandle(BACKFILL_WORKFLOW_ID, runId)
    .result()
    .catch(() => undefined);
  return run;
}
