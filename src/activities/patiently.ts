import { setTimeout as after } from 'node:timers/promises';
import { DarkroomError, failureOf } from '../domain/failures.js';

export interface Patience {
  /** Before the second try; the waits double. */
  firstWaitMs: number;
  /** After which nothing is tried again, by `performance.now()`: a clock that is set must not matter. */
  deadlineMs: number;
  signal: AbortSignal;
}

const LONGEST_WAIT_MS = 10_000;

/** Rides out what a provider cannot answer at the moment, for questions that cost nothing. */
export async function patiently<T>(
  ask: () => Promise<T>,
  { firstWaitMs, deadlineMs, signal }: Patience,
): Promise<T> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await ask();
    } catch (error) {
      const pauseMs = Math.max(waitMs, retryAfterMs(error));
      if (!isPassing(error) || performance.now() + pauseMs > deadlineMs) throw error;
      await after(pauseMs, undefined, { signal });
    }
  }
}

/** A fault of the provider that may be over the next time. */
export function isPassing(error: unknown): error is DarkroomError {
  if (!(error instanceof DarkroomError)) return false;
  const { fault, retry } = failureOf(error.kind);
  return fault === 'provider' && retry;
}

export function retryAfterMs(error: unknown): number {
  return error instanceof DarkroomError ? (error.retryAfterMs ?? 0) : 0;
}
