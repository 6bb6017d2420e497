import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { WaitingGeneration, WaitingImage } from '../catalog/requests.js';
import { asked } from './image-work.js';
import { startImage } from './start-image.js';
import { DarkroomError } from '../domain/failures.js';
import { fairnessKey } from '../domain/fairness-key.js';
import { generationWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import { PRIORITY } from '../domain/priority.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** What the bridge does with workflows. @throws DarkroomError `TemporalUnavailable` */
export interface RequestWork {
  /** Starts it; nothing when it runs already or has run. */
  startGeneration(generation: WaitingGeneration): Promise<void>;
  /** @returns false when nothing works on it */
  cancelGeneration(generationId: string): Promise<boolean>;
  /** Starts it, or hands the request to the work that is under way. */
  startImage(image: WaitingImage): Promise<void>;
}

/**
 * @param eager the client's connection is the worker's own, so the first task of what it starts comes
 *   back with the answer instead of through a queue
 */
export function requestWorkWith(
  client: Client,
  { eager = false }: { eager?: boolean | undefined } = {},
): RequestWork {
  return {
    startGeneration: (generation) => told(() => startGeneration(client, generation, eager)),
    cancelGeneration: (generationId) => told(() => cancelGeneration(client, generationId)),
    startImage: (image) =>
      told(async () => {
        await startImage(client, image, { steps: image.steps, priority: 'upload' });
      }),
  };
}

async function startGeneration(
  client: Client,
  { id: generationId, asked: { ownerId } }: WaitingGeneration,
  eager: boolean,
): Promise<void> {
  const owner = typeof ownerId === 'string' ? ownerId : undefined;
  try {
    await client.workflow.start('generateImage', {
      workflowId: generationWorkflowId(generationId),
      // One that ended well was started by another bridge, between our reading the row and now.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      taskQueue: TASK_QUEUES.main,
      args: [{ generationId }],
      requestEagerStart: eager,
      priority: {
        priorityKey: PRIORITY.generation,
        ...(owner !== undefined && { fairnessKey: fairnessKey(owner) }),
      },
      ...(owner !== undefined && {
        typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.owner, value: owner }],
      }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function cancelGeneration(client: Client, generationId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(generationWorkflowId(generationId)).cancel();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

const INVALID_ARGUMENT = 3;

/** What Temporal refuses is wrong with one row; anything else that it says is an outage. */
function told<T>(question: () => Promise<T>): Promise<T> {
  return asked(() =>
    question().catch((error: unknown) => {
      const { cause } = error instanceof ServiceError ? error : {};
      if (!isGrpcServiceError(cause) || Number(cause.code) !== INVALID_ARGUMENT) throw error;
      throw new DarkroomError('InvalidInput', cause.details, { cause: error });
    }),
  );
}
