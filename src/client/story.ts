import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { OwnerCatalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { imageWorkflowId } from '../domain/ids.js';
import { STEPS, type Image, type StepRecord } from '../domain/image.js';
import { stepLabel } from '../domain/step-labels.js';
import { asked } from '../open/ask-temporal.js';
import { decodeInPlace } from './decoded-history.js';
import { attemptsIn } from './story-attempts.js';

/** How long Temporal may take to tell before the catalog is asked instead. */
const PATIENCE_MS = 5_000;

/** One try of one step. */
export interface StoryAttempt {
  /** Type of the activity, or with source `catalog` the step: variants, metadata, embedding. */
  step: string;
  /** In people's words: `original`, `tier 640`, `description`. */
  label: string;
  /** From 1; with source `catalog` always 1, because the catalog does not count. */
  attempt: number;
  // Of a try that was followed by another, Temporal keeps only what it needs for the next.
  scheduledAt?: Date;
  startedAt?: Date;
  endedAt?: Date;
  /** Process and machine, as in `4711@host`. */
  worker?: string;
  outcome: 'done' | 'failed' | 'running' | 'cancelled' | 'waiting';
  /** Absent also for a failed try whose failure Temporal has forgotten over a newer one. */
  failure?: { kind: string; message: string };
}

/** What happened to an image the last time that somebody asked for it. */
export interface Story {
  /** `catalog`: Temporal has forgotten, or is away, and only the last state of each step is known. */
  source: 'temporal' | 'catalog';
  workflowId: string;
  runId?: string;
  startedAt?: Date;
  endedAt?: Date;
  /** Of the workflow, as in `running` or `timed_out`; with source `catalog` of the image. */
  status: string;
  /** In the order in which they were asked for. */
  attempts: StoryAttempt[];
}

/** `undefined` when there is no such image or it was deleted. */
export async function storyOf(
  { client, catalog }: { client: Client; catalog: Pick<OwnerCatalog, 'images'> },
  imageId: string,
): Promise<Story | undefined> {
  const image = await catalog.images.get(imageId);
  if (image === undefined || image.deletedAt !== undefined) return undefined;
  const told = await asked(() =>
    client.withDeadline(Date.now() + PATIENCE_MS, () => toldByTemporal(client, image.id)),
  ).catch((error: unknown) => {
    if (isForgottenOrAway(error)) return undefined;
    throw error;
  });
  return told ?? toldByCatalog(image);
}

async function toldByTemporal(client: Client, imageId: string): Promise<Story> {
  const workflowId = imageWorkflowId(imageId);
  // Before the history: what ends in between is pending here, and there it has ended.
  const { runId, status, startTime, closeTime, raw } = await client.workflow
    .getHandle(workflowId)
    .describe();
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = history.events ?? [];
  const pending = raw.pendingActivities ?? [];
  await decodeInPlace(client.options.loadedDataConverter.payloadCodecs, { events, pending });
  return {
    ...{ source: 'temporal', workflowId, runId, startedAt: startTime },
    ...(closeTime !== undefined && { endedAt: closeTime }),
    status: status.name.toLowerCase(),
    attempts: attemptsIn(events, {
      pending,
      closed: status.name !== 'RUNNING' && status.name !== 'PAUSED',
    }),
  };
}

function isForgottenOrAway(error: unknown): boolean {
  const isAway = error instanceof DarkroomError && error.kind === 'TemporalUnavailable';
  return isAway || error instanceof WorkflowNotFoundError;
}

function toldByCatalog(image: Image): Story {
  return {
    source: 'catalog',
    workflowId: imageWorkflowId(image.id),
    status: image.status,
    attempts: STEPS.flatMap((step) => lastTry(step, image.steps[step])),
  };
}

function lastTry(step: string, { state, source, failure }: StepRecord): StoryAttempt[] {
  const by = source === undefined ? '' : ` by ${source.provider}, ${source.model}`;
  const attempt = { step, label: `${stepLabel(step)}${by}`, attempt: 1 };
  switch (state) {
    case 'pending':
      return [];
    case 'deferred':
      return [{ ...attempt, outcome: 'waiting' }];
    case 'done':
      return [{ ...attempt, outcome: 'done' }];
    case 'failed':
      if (failure === undefined) return [{ ...attempt, outcome: 'failed' }];
      const { kind, message, at } = failure;
      return [{ ...attempt, endedAt: new Date(at), outcome: 'failed', failure: { kind, message } }];
  }
}
