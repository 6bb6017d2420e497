import { workflowInfo } from '@temporalio/workflow';
import { MAX_CONCURRENCY, MAX_PAGE_SIZE } from '../domain/check-run.js';
import { STEPS } from '../domain/image.js';
import type { BackfillInput } from './messages.js';
import { BACKFILL_DEFAULTS } from './policies.js';
import type { ControlState } from './run-control.js';

export type Settings = ReturnType<typeof settingsOf>;

/** What a run works with. A plain `temporal workflow start` may say anything, or nothing. */
export function settingsOf(input: BackfillInput) {
  const { pageSize, pagesPerExecution } = BACKFILL_DEFAULTS;
  return {
    runId: workflowInfo().firstExecutionRunId,
    scope: input.scope ?? (input.retryOf ? 'failed' : 'missing'),
    steps: input.steps ?? [...STEPS],
    ...(input.ownerId !== undefined && { ownerId: input.ownerId }),
    ...(input.ids !== undefined && { ids: input.ids }),
    ...(input.retryOf !== undefined && { retryOf: input.retryOf }),
    pageSize: whole(input.pageSize, { from: 1, to: MAX_PAGE_SIZE }) ?? pageSize,
    pagesPerExecution: whole(input.pagesPerExecution, { from: 1 }) ?? pagesPerExecution,
    limit: whole(input.limit, { from: 0 }) ?? Infinity,
  };
}

export function selectionOf({ scope, steps, ownerId, ids, retryOf }: Settings) {
  return {
    scope,
    steps,
    ...(ownerId !== undefined && { ownerId }),
    ...(ids !== undefined && { ids }),
    ...(retryOf !== undefined && { retryOf }),
  };
}

export function freshControl({ concurrency }: BackfillInput): ControlState {
  const { concurrency: usual } = BACKFILL_DEFAULTS;
  return {
    concurrency: whole(concurrency, { from: 1, to: MAX_CONCURRENCY }) ?? usual,
    paused: false,
  };
}

/** The nearest whole number in the range; nothing for what is no number. */
function whole(
  value: unknown,
  { from, to = Infinity }: { from: number; to?: number },
): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.max(from, Math.min(to, Math.floor(value)));
}
