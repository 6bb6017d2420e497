import {
  ApplicationFailure,
  type Client,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { keptFailure } from '../domain/kept-failure.js';
import { imageWorkflowId } from '../domain/ids.js';
import type { ImageInScope } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { asked } from '../open/ask-temporal.js';
import { startImage, whyItFailed } from './start-image.js';

/** A cancelled image ends in seconds; what does not in this time has no worker to end it. */
const STOP_TIMEOUT_MS = 60_000;

/** What activities do with the workflows of images. @throws DarkroomError `TemporalUnavailable` */
export function imageWorkWith(client: Client) {
  return {
    join: (imageId: string, request: ProcessRequest, signal: AbortSignal): Promise<void> =>
      asked(() => join(client, { imageId, request }, signal)),
    start: (image: ImageInScope, request: ProcessRequest): Promise<void> =>
      asked(async () => {
        await startImage(client, image, { ...request, priority: 'retry' });
      }),
    isRunning: (imageId: string): Promise<boolean> => asked(() => isRunning(client, imageId)),
    stop: (imageId: string, signal: AbortSignal): Promise<void> =>
      asked(() => stop(client, imageId, signal)),
  };
}

interface Joined {
  imageId: string;
  request: ProcessRequest;
}

async function join(client: Client, { imageId, request }: Joined, signal: AbortSignal) {
  const handle = await startImage(client, { id: imageId }, { ...request, priority: 'backfill' });
  const ended = client.withAbortSignal(signal, () => handle.result());
  await ended.catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof WorkflowFailedError)) throw error;
    // The image's own workflow has tried and filed why; asking again would change nothing.
    const { kind, message } = whyItFailed(error);
    throw ApplicationFailure.create({ ...keptFailure(kind, message), nonRetryable: true });
  });
}

async function isRunning(client: Client, imageId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(imageWorkflowId(imageId)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function stop(client: Client, imageId: string, signal: AbortSignal): Promise<void> {
  const handle = client.workflow.getHandle(imageWorkflowId(imageId));
  try {
    await handle.cancel();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(STOP_TIMEOUT_MS)]);
    await client.withAbortSignal(patience, () => handle.result()).catch(() => undefined);
    signal.throwIfAborted();
    if (await isRunning(client, imageId)) await handle.terminate('The image was deleted.');
  } catch (error) {
    // There is no such work, or it has ended by itself.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
