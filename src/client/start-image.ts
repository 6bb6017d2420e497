import { randomUUID } from 'node:crypto';
import {
  ActivityFailure,
  ApplicationFailure,
  type Client,
  WorkflowFailedError,
} from '@temporalio/client';
import { DarkroomError, knownKind } from '../domain/failures.js';
import { foundIn } from '../domain/kept-failure.js';
import { fairnessKey } from '../domain/fairness-key.js';
import { fileLabel } from '../domain/file-label.js';
import { imageWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import { PRIORITY } from '../domain/priority.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { asked } from '../open/ask-temporal.js';
import { requestSignal } from '../workflows/messages.js';
import type { processImage } from '../workflows/process-image.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** Starts the workflow of an image, or hands the request to the one that runs. */
export async function startImage(
  client: Client,
  image: { id: string; ownerId?: string; fileName?: string },
  { priority = 'upload', ...request }: ProcessRequest & { priority?: keyof typeof PRIORITY } = {},
) {
  const priorityKey = PRIORITY[priority];
  const identified = { ...request, priorityKey, id: request.id ?? randomUUID() };
  return client.workflow.signalWithStart<typeof processImage, [ProcessRequest]>('processImage', {
    workflowId: imageWorkflowId(image.id),
    taskQueue: TASK_QUEUES.main,
    args: [{ imageId: image.id, request: identified }],
    signal: requestSignal,
    signalArgs: [identified],
    ...(image.fileName !== undefined && { staticSummary: fileLabel(image.fileName) }),
    priority: {
      priorityKey,
      ...(image.ownerId !== undefined && { fairnessKey: fairnessKey(image.ownerId) }),
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
 * @throws DarkroomError of the kind that the work failed with, and `TemporalUnavailable`
 */
export async function ended<T>(work: { result(): Promise<T> }): Promise<T> {
  return asked(() => work.result()).catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { kind, message } = whyItFailed(error);
    throw new DarkroomError(knownKind(kind), message, { cause: error });
  });
}

/** The kind and the message that the work ended with. */
export function whyItFailed({ cause, message }: WorkflowFailedError) {
  const found = cause instanceof ActivityFailure ? cause.cause : cause;
  if (!(found instanceof ApplicationFailure)) {
    return { kind: 'WorkflowStopped', message: found?.message ?? message };
  }
  return { kind: found.type ?? 'Unexpected', message: foundIn(found) };
}
