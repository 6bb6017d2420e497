import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { failureOf, isFailureKind } from '../domain/failures.js';
import { foundIn, keptFailure } from '../domain/kept-failure.js';

/** Why a step or an image failed: its kind and what was found. */
export interface WhatFailed {
  kind: string;
  message: string;
}

/** Looks through what Temporal wraps around a failure. */
export function whatFailed(error: unknown): WhatFailed {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) {
    return whatFailed(error.cause);
  }
  if (error instanceof ApplicationFailure) {
    return { kind: error.type ?? 'Unexpected', message: foundIn(error) };
  }
  if (error instanceof TimeoutFailure) {
    return { kind: 'Unexpected', message: 'It took longer than its limit, again and again.' };
  }
  return { kind: 'WorkflowStopped', message: 'The work was stopped from outside before it ended.' };
}

/** What ends a workflow: its kind and what was found, in words that the Web UI shows. */
export function asFailure({ kind, message }: WhatFailed): ApplicationFailure {
  return ApplicationFailure.create({ ...keptFailure(kind, message), nonRetryable: true });
}

/** Nobody took the task in time: the workers that poll its queue are gone. */
export function nobodyTookIt(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

/** Nobody could be sent to the provider, or it does not work: no failure of the image. */
export function waitsForProvider(error: unknown): boolean {
  if (nobodyTookIt(error)) return true;
  const kind = whatItSaid(error)?.kind;
  return isFailureKind(kind) && failureOf(kind).defer === true;
}

/** What an activity failed with; nothing when it never began. */
export function whatItSaid(error: unknown): WhatFailed | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  return error.cause instanceof ApplicationFailure ? whatFailed(error) : undefined;
}

/** The original that the failed activity worked on, when it got so far as to know. */
export function originalThatFailed(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  return (cause.details?.[1] as { original?: string } | undefined)?.original;
}
