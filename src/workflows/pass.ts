import type { ApplicationFailure } from '@temporalio/workflow';
import type { Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { ImageDetails } from './image-details.js';
import type { Urgency } from './urgency.js';

/** One pass over an image, for one request. */
export interface Pass {
  imageId: string;
  request: ProcessRequest;
  urgency: Urgency;
  /** Where it stands, for people. */
  details: ImageDetails;
  /** Why steps failed in the last pass that was asked for them. */
  failures: Map<Step, ApplicationFailure>;
}
