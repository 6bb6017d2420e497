import { ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { POLICIES } from './policies.js';
import { whatFailed } from './step-failure.js';

const { recordFailure } = proxyActivities<Activities>(POLICIES.catalog);

/** Why steps failed in the last pass that was asked for them. */
export type Failures = Map<Step, ApplicationFailure>;

export type Failing = ReturnType<typeof failing>;

/** Files the failure with the image, then ends this branch of the work with its kind. */
export function failing(imageId: string, { runId }: ProcessRequest, failures: Failures) {
  return (steps: Step[]) =>
    async (error: unknown): Promise<never> => {
      const [first, ...rest] = steps;
      if (isCancellation(error) || first === undefined) throw error;
      const { kind, message } = whatFailed(error);
      await recordFailure({
        imageId,
        steps: [first, ...rest],
        kind,
        message,
        ...(runId !== undefined && { runId }),
      });
      const failure = ApplicationFailure.nonRetryable(message, kind);
      for (const step of steps) failures.set(step, failure);
      throw failure;
    };
}
