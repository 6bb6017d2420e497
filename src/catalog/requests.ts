import { and, asc, desc, eq, gt, isNotNull, isNull, notInArray, sql } from 'drizzle-orm';
import type { Generation } from '../domain/generation.js';
import type { Step } from '../domain/image.js';
import { deliveryCatalog, type DueDelivery } from './deliveries.js';
import { generationEnds, type GenerationEndCatalog } from './generation-ends.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import type { Database } from './postgres.js';
import { requestedSteps } from './requested-steps.js';
import { images } from './schema.js';

/** Rows that applications inserted or changed by SQL, and that somebody has to act on. */
export interface RequestCatalog extends Pick<GenerationEndCatalog, 'fail' | 'cancel'> {
  /** Events of what was just ended, which have to be brought to endpoints. */
  eventsOf(generationId: string): Promise<DueDelivery[]>;
  /** Those that nobody has started yet: the highest priority first, then the oldest. */
  waitingGenerations(page: RequestPage): Promise<WaitingGeneration[]>;
  /** The workflow was started, or is there already. */
  markDispatched(generationId: string): Promise<void>;
  /** Those that have not ended and that somebody wants cancelled, by id. */
  unwantedGenerations(page: { limit: number; after?: string }): Promise<UnwantedGeneration[]>;

  /** Images that somebody wants processed, the oldest request first. */
  waitingImages(page: RequestPage): Promise<WaitingImage[]>;
  /** The workflow was started or told; a request that came meanwhile stays. */
  markStarted(image: WaitingImage): Promise<void>;
}

export interface RequestPage {
  limit: number;
  /** Ids to leave out, because they could not be started now. */
  without: string[];
}

export interface WaitingGeneration {
  id: string;
  generation: Generation;
  /** What `enqueue_job` could not put into columns, a sentence each. */
  unreadable: string | undefined;
}

export type UnwantedGeneration = Pick<Generation, 'id' | 'ownerId' | 'prompt' | 'attemptNumber'>;

export interface WaitingImage {
  id: string;
  ownerId: string;
  fileName: string;
  steps: Step[];
  /** As the database writes it: a Date would lose its microseconds. */
  requestedAt: string;
}

// Literals, so that the planner can match them with the partial indexes of the schemas.
const WAITING = sql`status = 'pending' and dispatched_at is null`;
const OPEN = sql`status in ('pending', 'processing', 'downloading')`;
const REQUESTED = sql`deleted_at is null and requested_at is not null`;

export function requestCatalog(database: Database): RequestCatalog {
  const ends = generationEnds(database);
  const deliveries = deliveryCatalog(database);
  return {
    fail: (generationId, failure) => ends.fail(generationId, failure),
    eventsOf: async (generationId) => (await deliveries.toStart(generationId)).deliveries,
    cancel: (generationId) => ends.cancel(generationId),
    waitingGenerations: (page) => waitingGenerations(database, page),
    markDispatched: async (generationId) => {
      await database
        .update(generationJobs)
        .set({ dispatchedAt: sql`now()` })
        .where(and(eq(generationJobs.id, generationId), isNull(generationJobs.dispatchedAt)));
    },
    unwantedGenerations: (page) => unwantedGenerations(database, page),
    waitingImages: (page) => waitingImages(database, page),
    markStarted: (image) => markStarted(database, image),
  };
}

async function waitingGenerations(
  database: Database,
  { limit, without }: RequestPage,
): Promise<WaitingGeneration[]> {
  const rows = await database
    .select()
    .from(generationJobs)
    .where(and(WAITING, leftOut(generationJobs.id, without)))
    .orderBy(desc(generationJobs.priority), asc(generationJobs.id))
    .limit(limit);
  return rows.map((row) => ({
    id: row.id,
    generation: generationOf(row),
    unreadable: row.failureMessage ?? undefined,
  }));
}

async function unwantedGenerations(
  database: Database,
  { limit, after }: { limit: number; after?: string },
): Promise<UnwantedGeneration[]> {
  const rows = await database
    .select({
      id: generationJobs.id,
      ownerId: generationJobs.ownerId,
      prompt: generationJobs.prompt,
      attemptNumber: generationJobs.attemptNumber,
    })
    .from(generationJobs)
    .where(
      and(
        OPEN,
        isNotNull(generationJobs.cancelRequestedAt),
        after === undefined ? undefined : gt(generationJobs.id, after),
      ),
    )
    .orderBy(asc(generationJobs.id))
    .limit(limit);
  return rows.map((row) => ({ ...row, prompt: row.prompt ?? '' }));
}

async function waitingImages(
  database: Database,
  { limit, without }: RequestPage,
): Promise<WaitingImage[]> {
  const rows = await database
    .select({
      id: images.id,
      ownerId: images.ownerId,
      fileName: images.fileName,
      steps: images.requestedSteps,
      requestedAt: sql<string>`${images.requestedAt}::text`,
    })
    .from(images)
    .where(and(REQUESTED, leftOut(images.id, without)))
    .orderBy(asc(images.requestedAt), asc(images.id))
    .limit(limit);
  return rows.map((row) => ({ ...row, steps: requestedSteps(row.steps) }));
}

/** As an upload is registered, so that the sweep sees it when its work is lost; unless it has ended. */
async function markStarted(database: Database, { id, requestedAt }: WaitingImage): Promise<void> {
  await database
    .update(images)
    .set({
      requestedAt: null,
      status: sql`case when ${images.status} = 'pending' then 'processing' else ${images.status} end`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(images.id, id), sql`${images.requestedAt} = ${requestedAt}::timestamptz`));
}

function leftOut(id: typeof generationJobs.id | typeof images.id, without: string[]) {
  return without.length === 0 ? undefined : notInArray(id, without);
}
