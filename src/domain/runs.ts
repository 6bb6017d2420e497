import type { Step } from './image.js';

/** Which images a backfill takes. `stale`: made with another recipe or provider than today's. */
export const SCOPES = ['missing', 'stale', 'failed', 'all'] as const;
export type Scope = (typeof SCOPES)[number];

export type RunStatus =
  'running' | 'paused' | 'succeeded' | 'succeeded_with_failures' | 'failed' | 'cancelled';

/** The failures of an earlier run, all or some kinds of them. */
export interface RetryOf {
  runId: string;
  kinds?: string[];
}

export interface RunCounts {
  done: number;
  failed: number;
}

export interface Run extends RunCounts {
  /** The first execution's run id: it stays the same across continue-as-new. */
  id: string;
  scope: Scope;
  steps: Step[];
  status: RunStatus;
  /** Images in scope when the run started. */
  total: number;
  /** Images in flight at once, as it was told last; absent when that is not known. */
  concurrency?: number;
  /** How long it has been paused, the pause that lasts included. */
  pausedMs: number;
  startedAt: Date;
  /** Who asked for it: `the page`, `cli`, `api token build`; absent for plain Temporal. */
  startedBy?: string;
  finishedAt?: Date;
  /** Why a run failed or paused itself, in plain words. */
  failure?: { kind: string; message: string };
}

/** How a run that reached its end is called. */
export function outcome(counts: RunCounts): RunStatus {
  return counts.failed === 0 ? 'succeeded' : 'succeeded_with_failures';
}
