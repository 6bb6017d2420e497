import { STEPS, type Step } from './image.js';

/** What is wanted of an image; nothing given means every step that is not done yet. */
export interface ProcessRequest {
  /** Lets a workflow see that what it was started with and what it was told are the same request. */
  id?: string;
  steps?: Step[];
  /** Do the steps again although they are done. */
  force?: boolean;
  /** Wait for the provider as long as it takes, instead of deferring the step. */
  patient?: boolean;
  /** How far in front of other work, 1 first; what is queued already follows the most urgent request. */
  priorityKey?: number;
  /** The run that asks, which lists the image among its failures. */
  runId?: string;
}

/** One request that asks for what both ask for. */
export function mergeRequests(earlier: ProcessRequest, later: ProcessRequest): ProcessRequest {
  const { steps: first = STEPS } = earlier;
  const { steps: second = STEPS } = later;
  return {
    ...earlier,
    ...later,
    steps: STEPS.filter((step) => first.includes(step) || second.includes(step)),
    force: Boolean(earlier.force) || Boolean(later.force),
    patient: Boolean(earlier.patient) || Boolean(later.patient),
  };
}
