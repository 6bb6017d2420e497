import { randomUUID } from 'node:crypto';
import {
  ActivityFailure,
  ApplicationFailure,
  type Client,
  WorkflowFailedError,
} from '@temporalio/client';
import { DarkroomError, isFailureKind } from '../domain/failures.js';
import { fileLabel } from '../domain/file-label.js';
import { imageWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { requestSignal } from '../workflows/messages.js';
import { PRIORITY } from '../workflows/policies.js';
import type { processImage } from '../workflows/process-image.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** Starts the workflow of an image, or hands the request to the one that runs. */
export async function startImage(
  client: Client,
  image: { id: string; ownerId?: string; fileName?: string },
  { priority = 'upload', ...request }: ProcessRequest & { priority?: keyof typeof PRIORITY } = {},
) {
  const identified = { ...request, id: randomUUID() };
  return client.workflow.signalWithStart<typeof processImage, [ProcessRequest]>('processImage', {
    workflowId: imageWorkflowId(image.id),
    taskQueue: TASK_QUEUES.main,
    args: [{ imageId: image.id, request: identified }],
    signal: requestSignal,
    signalArgs: [identified],
    ...(image.fileName !== undefined && { staticSummary: fileLabel(image.fileName) }),
    priority: {
      priorityKey: PRIORITY[priority],
      ...(image.ownerId !== undefined && { fairnessKey: image.ownerId.slice(0, 60) }),
    },
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.image, value: image.id },
      ...(image.ownerId === undefined
        ? []
        : [{ key: SEARCH_ATTRIBUTES.owner, value: image.ownerId }]),
    ],
  });
}

/**
 * Resolves with its result when the work has ended well.
 * @throws DarkroomError of the kind that the work failed with
 */
export async function ended<T>(work: { result(): Promise<T> }): Promise<T> {
  return work.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { kind, message } = whyItFailed(error);
    throw new DarkroomError(isFailureKind(kind) ? kind : 'Unexpected', message, { cause: error });
  });
}

function whyItFailed({ cause, message }: WorkflowFailedError) {
  const found = cause instanceof ActivityFailure ? cause.cause : cause;
  const kind = found instanceof ApplicationFailure ? found.type : 'WorkflowStopped';
  return { kind, message: found?.message ?? message };
}

/** What `joinImage` does: hand over the request, then wait for the end of whoever works on it. */
export function joinImageWith(client: Client) {
  return async (imageId: string, request: ProcessRequest, signal: AbortSignal): Promise<void> => {
    const handle = await startImage(client, { id: imageId }, { ...request, priority: 'backfill' });
    const ended = client.withAbortSignal(signal, () => handle.result());
    await ended.catch((error: unknown) => {
      signal.throwIfAborted();
      if (!(error instanceof WorkflowFailedError)) throw error;
      // The image's own workflow has tried and filed why; asking again would change nothing.
      const { kind, message } = whyItFailed(error);
      throw ApplicationFailure.nonRetryable(message, kind);
    });
  };
}
