import { isCancellation } from '@temporalio/workflow';
import type { Step } from '../domain/image.js';
import { stepLabel } from '../domain/step-labels.js';
import { catalogActivities } from './catalog-activities.js';
import type { DetailsRow } from './image-details.js';
import type { Pass } from './pass.js';
import { asFailure, originalThatFailed, whatFailed } from './step-failure.js';

/** Files the failure with the image, then ends this branch of the work with its kind. */
export function failing(pass: Pass, row: DetailsRow, steps: Step[]) {
  return async (error: unknown): Promise<never> => {
    const { imageId, details, failures } = pass;
    const { runId } = pass.request;
    const [first, ...rest] = steps;
    if (isCancellation(error) || first === undefined) throw error;
    const { kind, message } = whatFailed(error);
    const original = originalThatFailed(error);
    details.say(row, `failed: ${message} (${kind})`);
    const summary = `${stepLabel('recordFailure')}: ${kind}`;
    const { recordFailure } = catalogActivities(summary);
    await recordFailure({
      imageId,
      steps: [first, ...rest],
      kind,
      message,
      ...(runId !== undefined && { runId }),
      ...(original !== undefined && { original }),
    });
    const failure = asFailure({ kind, message });
    for (const step of steps) failures.set(step, failure);
    throw failure;
  };
}
