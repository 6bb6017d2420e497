import type { Format } from './recipe.js';

/** One backfill at a time, because a workflow id can run only once. */
export const BACKFILL_WORKFLOW_ID = 'backfill';

const IMAGE_PREFIX = 'image:';
const DELETE_PREFIX = 'delete:';
const GENERATION_PREFIX = 'generation:';

/** Upload, SQL insert, backfill and retry of an image collapse into this one workflow id. */
export function imageWorkflowId(imageId: string): string {
  return `${IMAGE_PREFIX}${imageId}`;
}

/** The image whose workflow has this id; nothing for other workflows. */
export function imageIdOf(workflowId: string): string | undefined {
  return workflowId.startsWith(IMAGE_PREFIX) ? workflowId.slice(IMAGE_PREFIX.length) : undefined;
}

export function deleteWorkflowId(imageId: string): string {
  return `${DELETE_PREFIX}${imageId}`;
}

/** The image that a workflow works on; `undefined` when it is about many. */
export function imageOfWorkflow(workflowId: string): string | undefined {
  const prefix = [IMAGE_PREFIX, DELETE_PREFIX].find((known) => workflowId.startsWith(known));
  return prefix === undefined ? undefined : workflowId.slice(prefix.length);
}

export function generationWorkflowId(generationId: string): string {
  return `${GENERATION_PREFIX}${generationId}`;
}

/** Of a sweep that somebody asked for; those of the schedule add their time to it. */
export const SWEEP_WORKFLOW_ID = 'sweep';
export const SWEEP_SCHEDULE_ID = 'darkroom-sweep';

/** Of a comparison of catalog and storage; one at a time. */
export const FSCK_WORKFLOW_ID = 'fsck';

/** Its retries wait in it; whoever starts it again meets the one that runs. */
export function deliveryWorkflowId(deliveryId: string): string {
  return `delivery:${deliveryId}`;
}

/** Collects final failures for administrators. */
export const FAILURE_DIGEST_WORKFLOW_ID = 'failure-digest';

export const TASK_QUEUES = {
  /** Workflows and short catalog work. */
  main: 'darkroom',
  /** Decoding originals, and tiers whose own worker is gone. */
  imaging: 'darkroom-imaging',
  /**
   * The same for images that somebody waits for. A backfill's that have a slot wait in it for an
   * encoder; without slots of its own an upload would wait for theirs.
   */
  urgent: 'darkroom-imaging-urgent',
  metadata: 'darkroom-metadata',
  embedding: 'darkroom-embedding',
  /** Waiting for predictions, each of which has a slot to itself. */
  generation: 'darkroom-generation',
  /** Waiting for images that others work on, which may be many and long. */
  joins: 'darkroom-joins',
  /** Waiting for endpoints that take their time, which must not hold up the catalog. */
  webhooks: 'darkroom-webhooks',
} as const;

/** The queue of the workers that share one scratch folder, and so its working masters. */
export function scratchQueue(scratchId: string): string {
  return `darkroom-scratch-${scratchId}`;
}

/** `{image_key}_{w}.{fmt}`; the image key itself starts with `variants/`. */
export function variantKey(imageKey: string, widthPx: number, format: Format): string {
  return `${imageKey}_${widthPx}.${format}`;
}

/** Asking the database with another text would be an error rather than "not found". */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
