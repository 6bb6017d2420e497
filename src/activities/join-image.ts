import { cancellationSignal } from '@temporalio/activity';
import type { ProcessRequest } from '../domain/process-request.js';
import type { ActivityDeps } from './deps.js';

/**
 * Hands a request to the workflow that already processes the image and waits for its end. Safe to
 * repeat: an image that is done meanwhile is looked at again and found done.
 */
export const joinImage =
  ({ images }: ActivityDeps) =>
  ({ imageId, request }: { imageId: string; request: ProcessRequest }): Promise<void> =>
    images.join(imageId, request, cancellationSignal());
