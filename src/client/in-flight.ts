import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { BACKFILL_WORKFLOW_ID, imageIdOf } from '../domain/ids.js';
import type { ImageView } from './image-view.js';

/** An image that a run works on at this moment. */
export interface InFlight {
  imageId: string;
  fileName: string;
  view: ImageView;
  /** The activity that is under way or waits for a worker: `prepareOriginal`, `renderTier` ... */
  step: string;
  /** How long that step has been under way. */
  sinceMs: number;
}

/** Each costs a question to Temporal, and a page shows no more. */
const MOST = 24;

interface Place {
  imageId: string;
  step: string;
  sinceMs: number;
}

/** What Temporal says that the children of the active run are doing. */
export async function inFlight({
  client,
  viewsOf,
}: {
  client: Client;
  viewsOf: (imageIds: string[]) => Promise<ImageView[]>;
}): Promise<InFlight[]> {
  const run = await described(client, BACKFILL_WORKFLOW_ID);
  const children = (run?.pendingChildren ?? []).slice(0, MOST);
  const places = await Promise.all(
    children.map(async ({ workflowId }) => {
      const imageId = imageIdOf(workflowId ?? '');
      return imageId === undefined ? undefined : placeOf(client, workflowId ?? '', imageId);
    }),
  );
  const known = places.filter((place) => place !== undefined);
  const views = new Map(
    (await viewsOf(known.map(({ imageId }) => imageId))).map((view) => [view.id, view]),
  );
  return known.flatMap((place) => {
    const view = views.get(place.imageId);
    return view === undefined ? [] : [{ ...place, view, fileName: view.fileName }];
  });
}

async function placeOf(
  client: Client,
  workflowId: string,
  imageId: string,
): Promise<Place | undefined> {
  const child = await described(client, workflowId);
  // It may have ended since the run was asked.
  if (child === undefined || child.ended) return undefined;
  const started = child.pendingActivities.find(({ lastStartedTime }) => lastStartedTime != null);
  const activity = started ?? child.pendingActivities[0];
  const since = activity?.lastStartedTime ?? activity?.scheduledTime;
  return {
    imageId,
    step: activity?.activityType?.name ?? 'waiting',
    sinceMs: since == null ? 0 : Math.max(0, Date.now() - Number(since.seconds ?? 0) * 1000),
  };
}

async function described(client: Client, workflowId: string) {
  try {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    return {
      ended: status.name !== 'RUNNING',
      pendingChildren: raw.pendingChildren ?? [],
      pendingActivities: raw.pendingActivities ?? [],
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
