import {
  isGrpcServiceError,
  ServiceError,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { DarkroomError } from '../domain/failures.js';

/** @throws DarkroomError `TemporalUnavailable` in place of the errors of a connection */
export async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof ServiceError) && !isGrpcServiceError(error)) throw error;
    throw new DarkroomError('TemporalUnavailable', undefined, { cause: error });
  }
}

/** The same for what a client asks of workflows; their results alone are not asked for through it. */
export function askingWorkflows(): WorkflowClientInterceptor {
  return {
    start: (input, next) => asked(() => next(input)),
    signal: (input, next) => asked(() => next(input)),
    signalWithStart: (input, next) => asked(() => next(input)),
    query: (input, next) => asked(() => next(input)),
    cancel: (input, next) => asked(() => next(input)),
    terminate: (input, next) => asked(() => next(input)),
    describe: (input, next) => asked(() => next(input)),
  };
}
