import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  type ProtoFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { failureOf, knownKind, type FailureKind } from '../domain/failures.js';
import { foundIn } from '../domain/kept-failure.js';

const converter = new DefaultFailureConverter();

/** A failure as Temporal keeps it, by its kind and in plain words. */
export function failureIn(kept: ProtoFailure): { kind: FailureKind; message: string } {
  const error = converter.failureToError(kept, defaultPayloadConverter);
  if (error instanceof ApplicationFailure) {
    const kind = knownKind(error.type);
    return { kind, message: foundIn(error) || failureOf(kind).says };
  }
  if (error instanceof TimeoutFailure) return timedOut(error);
  if (error instanceof CancelledFailure) return inWords('WorkflowStopped');
  return { kind: 'Unexpected', message: error.message };
}

function timedOut({ timeoutType }: TimeoutFailure): { kind: FailureKind; message: string } {
  switch (timeoutType) {
    case 'HEARTBEAT':
      return inWords('WorkerLost');
    case 'SCHEDULE_TO_START':
      return { kind: 'WorkerLost', message: 'No worker of that queue took it in time.' };
    case 'START_TO_CLOSE':
    case 'SCHEDULE_TO_CLOSE':
    case undefined:
      return { kind: 'Unexpected', message: 'It took longer than its limit.' };
  }
}

function inWords(kind: FailureKind): { kind: FailureKind; message: string } {
  return { kind, message: failureOf(kind).says };
}
