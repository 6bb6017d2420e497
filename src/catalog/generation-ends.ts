import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { DarkroomError } from '../domain/failures.js';
import type { Generation } from '../domain/generation.js';
import { isUuid } from '../domain/ids.js';
import { OPEN, WANTED } from './generation-conditions.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import type { Database } from './postgres.js';

/** How generations end: each once. */
export interface GenerationEndCatalog {
  /** @returns false when it had ended already, or is to be cancelled */
  complete(id: string, imageId: string): Promise<boolean>;
  /** @returns false when it had ended already */
  fail(id: string, failure: NonNullable<Generation['failure']>): Promise<boolean>;
  /** @returns false when it had ended already */
  cancel(id: string): Promise<boolean>;
  /**
   * Says that it is to be cancelled; again, it changes nothing.
   * @throws DarkroomError `GenerationNotFound`, `GenerationEnded`
   */
  requestCancel(id: string): Promise<Generation>;
}

const { status, startedAt, cancelRequestedAt } = generationJobs;

export function generationEnds(database: Database): GenerationEndCatalog {
  const end = async (
    id: string,
    set: PgUpdateSetSource<typeof generationJobs>,
    ...where: SQL[]
  ): Promise<boolean> => {
    const ended = await database
      .update(generationJobs)
      .set({
        ...set,
        finishedAt: sql`now()`,
        updatedAt: sql`now()`,
        durationMs: sql`round(extract(epoch from now() - ${startedAt}) * 1000)::bigint`,
      })
      .where(and(eq(generationJobs.id, id), OPEN, ...where))
      .returning({ id: generationJobs.id });
    return ended.length > 0;
  };
  return {
    complete: (id, imageId) => end(id, { status: 'completed', imageId, progress: 100 }, WANTED),
    fail: (id, { kind, message }) =>
      // No text of PostgreSQL may hold the one character that some other text does.
      end(id, {
        status: 'failed',
        failureKind: kind,
        failureMessage: message.replaceAll('\0', ''),
      }),
    cancel: (id) =>
      end(id, {
        status: 'cancelled',
        cancelRequestedAt: sql`coalesce(${cancelRequestedAt}, now())`,
      }),
    requestCancel: (id) => requestCancel(database, id),
  };
}

async function requestCancel(database: Database, id: string): Promise<Generation> {
  const missing = new DarkroomError('GenerationNotFound', `There is no generation ${id}.`);
  if (!isUuid(id)) throw missing;
  const isIt = eq(generationJobs.id, id);
  const [row] = await database
    .update(generationJobs)
    .set({ cancelRequestedAt: sql`coalesce(${cancelRequestedAt}, now())` })
    .where(and(isIt, OPEN))
    .returning();
  if (row !== undefined) return generationOf(row);
  const [ended] = await database.select({ status }).from(generationJobs).where(isIt);
  if (ended === undefined) throw missing;
  throw new DarkroomError('GenerationEnded', `The generation is ${ended.status} already.`);
}
