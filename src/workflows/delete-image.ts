import { proxyActivities, setHandler } from '@temporalio/workflow';
import type { RemovedImage } from '../activities/delete-image.js';
import type { Activities } from '../activities/index.js';
import { POLICIES } from './policies.js';
import { deleteSignal, type DeleteImageInput, type DeleteRequest } from './upkeep-messages.js';

const { markDeleted } = proxyActivities<Activities>({
  ...POLICIES.catalog,
  summary: 'out of the lists',
});
const { stopImage } = proxyActivities<Activities>({
  ...POLICIES.stop,
  summary: 'end the work on it',
});
const { removeImage } = proxyActivities<Activities>({
  ...POLICIES.remove,
  summary: 'remove objects and what is known',
});

/** Makes one image go: out of the lists, then its work, then its objects, then what is known of it. */
export async function deleteImage(input: DeleteImageInput): Promise<RemovedImage> {
  const { imageId } = input;
  let waiting: DeleteRequest | undefined = input;
  setHandler(deleteSignal, (request) => {
    if (request.id !== undefined && request.id === input.id) return;
    waiting = request;
  });

  let original = false;
  let originalRemoved = false;
  while (waiting !== undefined) {
    const request: DeleteRequest = waiting;
    waiting = undefined;
    original ||= request.original ?? false;
    await markDeleted({ imageId });
    await stopImage({ imageId });
    const removed = await removeImage({ imageId, original });
    originalRemoved ||= removed.originalRemoved;
  }
  return { originalRemoved };
}
