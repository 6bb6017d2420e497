import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';
import { Counter, Histogram, type Registry } from 'prom-client';
import { knownKind } from '../domain/failures.js';

/** From a statement to the largest original over a slow line. */
const DURATIONS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** A backfill queues for hours on purpose; an upload must not. */
const WAITS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

/**
 * Measures every try of every step. Stands outside of the failure boundary, whose verdict it counts.
 * Labels name steps and kinds of failure, never images: their number would grow with the library.
 */
export function stepMetrics(registry: Registry): ActivityInterceptorsFactory {
  const registers = [registry];
  const waits = new Histogram({
    name: 'darkroom_step_schedule_to_start_seconds',
    help: 'How long a try of a step waited for a worker.',
    labelNames: ['step'],
    buckets: WAITS,
    registers,
  });
  const durations = new Histogram({
    name: 'darkroom_step_duration_seconds',
    help: 'How long a try of a step took.',
    labelNames: ['step', 'outcome'],
    buckets: DURATIONS,
    registers,
  });
  const failures = new Counter({
    name: 'darkroom_step_failures_total',
    help: 'Tries that failed; those that are final are not repeated.',
    labelNames: ['step', 'kind', 'final'],
    registers,
  });

  return ({ info }: Context) => ({
    inbound: {
      execute: async (
        input: ActivityExecuteInput,
        next: Next<ActivityInboundCallsInterceptor, 'execute'>,
      ): Promise<unknown> => {
        const step = info.activityType;
        // Two machines' clocks: a small difference must not become a negative wait.
        const waitedMs = Math.max(0, Date.now() - info.currentAttemptScheduledTimestampMs);
        waits.observe({ step }, waitedMs / 1000);
        const started = performance.now();
        const ended = (outcome: Outcome) =>
          durations.observe({ step, outcome }, (performance.now() - started) / 1000);
        try {
          const output = await next(input);
          ended('done');
          return output;
        } catch (error) {
          const cancelled = error instanceof CancelledFailure;
          ended(cancelled ? 'cancelled' : 'failed');
          if (!cancelled) failures.inc({ step, ...verdict(error) });
          throw error;
        }
      },
    },
  });
}

type Outcome = 'done' | 'failed' | 'cancelled';

function verdict(error: unknown): { kind: string; final: 'yes' | 'no' } {
  if (!(error instanceof ApplicationFailure)) return { kind: 'Unexpected', final: 'no' };
  const kind = knownKind(error.type);
  return { kind, final: error.nonRetryable === true ? 'yes' : 'no' };
}
