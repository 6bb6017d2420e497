import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { DarkroomError, failureOf, type FailureKind } from '../domain/failures.js';
import { keptFailure } from '../domain/kept-failure.js';
import { machineFault } from '../domain/machine-faults.js';
import { thrownFirst } from '../domain/thrown-first.js';
import { originalOf } from './working-on.js';

/** Tries that an image or a provider has; everybody else's faults are not counted. */
const TRIES = 3;

/** Cancellation arrives with heartbeats, so they go often; the SDK throttles what is too often. */
const HEARTBEAT_MS = 1_000;

/** Whoever asks for more patience than this is left to the sweep. */
const LONGEST_WAIT_MS = 5 * 60_000;

/** Travels from attempt to attempt in the heartbeat details. */
interface Ledger {
  counted: number;
  /** Of those: how often the encoder died. */
  crashed: number;
}

/**
 * Stands around every activity: heartbeats while it runs, and turns what it throws into a failure
 * that Temporal retries or not. Temporal's own attempt count also rises when a worker is lost, so
 * the tries that count are kept in the heartbeat details.
 */
export class FailureBoundary implements ActivityInboundCallsInterceptor {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const context = this.#context;
    const ledger = ledgerOf(context.info.heartbeatDetails);
    const heartbeats = setInterval(() => context.heartbeat(ledger), HEARTBEAT_MS);
    try {
      return await next(input);
    } catch (error) {
      if (context.cancellationSignal.aborted) throw this.#stopped(error);
      const failure = translate(error, ledger, originalOf(context));
      context.heartbeat(ledger);
      throw failure;
    } finally {
      clearInterval(heartbeats);
    }
  }

  /** A stopping worker hands its work over; everything else that aborts was asked for. */
  #stopped(error: unknown): Error {
    if (this.#context.cancellationDetails?.workerShutdown) {
      const { says } = failureOf('WorkerStopping');
      return applicationFailure('WorkerStopping', says, { final: false, cause: error });
    }
    return error instanceof CancelledFailure
      ? error
      : new CancelledFailure('The work was cancelled.');
  }
}

function translate(failed: unknown, ledger: Ledger, original?: string): ApplicationFailure {
  const thrown = thrownFirst(failed);
  if (thrown instanceof ApplicationFailure) return thrown;
  const error = machineFault(thrown) ?? thrown;
  const kind = error instanceof DarkroomError ? error.kind : 'Unexpected';
  const { fault, retry, tries = TRIES } = failureOf(kind);
  const counts = fault === 'image' || fault === 'provider' || tries !== TRIES;
  if (counts) ledger.counted += 1;
  if (kind === 'EncoderCrashed') ledger.crashed += 1;
  const waitMs = error instanceof DarkroomError ? error.retryAfterMs : undefined;
  const spent = (counts && ledger.counted >= tries) || (waitMs ?? 0) > LONGEST_WAIT_MS;
  const message = error instanceof Error ? error.message : String(error);
  return applicationFailure(kind, message, {
    ...{ final: !retry || spent, cause: error, original },
    ...(waitMs !== undefined && { waitMs }),
  });
}

interface Verdict {
  final: boolean;
  cause: unknown;
  original?: string | undefined;
  /** Before the next try, instead of what the policy says. */
  waitMs?: number;
}

function applicationFailure(
  kind: FailureKind,
  message: string,
  { final, cause, original, waitMs }: Verdict,
): ApplicationFailure {
  return ApplicationFailure.create({
    ...keptFailure(kind, message),
    nonRetryable: final,
    ...(cause instanceof Error && { cause }),
    ...(waitMs !== undefined && !final && { nextRetryDelay: Math.max(1, Math.ceil(waitMs)) }),
    ...(original !== undefined && { details: [message, { original }] }),
  });
}

/** How often the encoder has died under this activity, by the tries before this one. */
export function crashesBefore({ info }: Context): number {
  return ledgerOf(info.heartbeatDetails).crashed;
}

function ledgerOf(details: unknown): Ledger {
  const { counted = 0, crashed = 0 } = (details ?? {}) as Partial<Ledger>;
  return { counted: Number(counted) || 0, crashed: Number(crashed) || 0 };
}
