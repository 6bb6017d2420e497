import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { DefaultFailureConverter } from '@temporalio/common';
import { fairnessKey } from '../domain/fairness-key.js';
import { fileLabel } from '../domain/file-label.js';
import type { Generation } from '../domain/generation.js';
import { generationWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import { PRIORITY } from '../domain/priority.js';
import type { generateImage } from '../workflows/generate-image.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import { asked } from '../open/ask-temporal.js';

type Startable = Pick<Generation, 'id' | 'ownerId' | 'prompt'>;

interface StartOptions {
  /**
   * The client's connection is that of a worker in this process: the first task of what it starts comes
   * back with the answer instead of through a queue.
   */
  eager?: boolean | undefined;
  /** Not again what has come to its end, as seen by somebody whose row is older than that. */
  once?: boolean;
}

/**
 * What others do with the workflows of generations: activities, and whoever finds a row.
 * @throws DarkroomError `TemporalUnavailable`
 */
export function generationWorkWith(client: Client, options: StartOptions = {}) {
  return {
    /** @returns false when it is under way already */
    start: (generation: Startable): Promise<boolean> =>
      asked(() => startGeneration(client, generation, options)),
    /** @returns false when nothing works on it, so that nothing can be told to stop */
    cancel: (id: string): Promise<boolean> => asked(() => cancelWork(client, id)),
  };
}

async function startGeneration(
  client: Client,
  { id, ownerId, prompt }: Startable,
  { eager = false, once = false }: StartOptions,
): Promise<boolean> {
  try {
    await client.workflow.start<typeof generateImage>('generateImage', {
      workflowId: generationWorkflowId(id),
      workflowIdReusePolicy: once ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'ALLOW_DUPLICATE',
      taskQueue: TASK_QUEUES.main,
      requestEagerStart: eager,
      args: [{ generationId: id }],
      // Without keys whoever reads Temporal reads its summaries; the id says which one it is.
      ...(isEncrypted(client) && { staticSummary: fileLabel(prompt) }),
      priority: { priorityKey: PRIORITY.generation, fairnessKey: fairnessKey(ownerId) },
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.owner, value: ownerId }],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** With keys, and only with them, failures lose their plain words (src/payloads). */
function isEncrypted({ options }: Client): boolean {
  const { failureConverter } = options.loadedDataConverter;
  return (
    failureConverter instanceof DefaultFailureConverter &&
    failureConverter.options.encodeCommonAttributes
  );
}

async function cancelWork(client: Client, id: string): Promise<boolean> {
  const handle = client.workflow.getHandle(generationWorkflowId(id));
  try {
    if ((await handle.describe()).status.name !== 'RUNNING') return false;
    await handle.cancel();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
