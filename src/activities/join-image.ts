import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { ProcessRequest } from '../domain/process-request.js';
import type { ActivityDeps } from './deps.js';

/**
 * Hands a request to the workflow that already processes the image and waits for its end. Safe to
 * repeat: the workflow knows the request again by its id, and an image that is done meanwhile is
 * looked at again and found done.
 */
export const joinImage =
  ({ images }: ActivityDeps) =>
  ({ imageId, request }: { imageId: string; request: ProcessRequest }): Promise<void> => {
    const { workflowExecution, activityId } = activityInfo();
    const id = `${workflowExecution?.runId}/${activityId}`;
    return images.join(imageId, { ...request, id }, cancellationSignal());
  };
