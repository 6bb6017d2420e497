import { and, eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { DarkroomError } from '../domain/failures.js';
import type { Generation } from '../domain/generation.js';
import { isUuid } from '../domain/ids.js';
import type { NewImage } from './catalog.js';
import { OPEN, WANTED } from './generation-conditions.js';
import { generationOf } from './generation-rows.js';
import { generationJobs } from './generation-schema.js';
import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { registerImage } from './register-image.js';

/** How generations end: each once. */
export interface GenerationEndCatalog {
  /**
   * Its picture becomes an image and it is completed, both or neither: whoever cancels meanwhile is
   * before it, and there is no image, or finds it completed.
   * @returns nothing when it had ended already, or is to be cancelled
   */
  completeWith(id: string, image: NewImage): Promise<{ id: string } | undefined>;
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
  return {
    completeWith: (id, image) => completeWith(database, id, image),
    fail: (id, { kind, message }) =>
      // No text of PostgreSQL may hold the one character that some other text does.
      end(database, id, {
        status: 'failed',
        failureKind: kind,
        failureMessage: message.replaceAll('\0', ''),
      }),
    cancel: (id) =>
      end(database, id, {
        status: 'cancelled',
        cancelRequestedAt: sql`coalesce(${cancelRequestedAt}, now())`,
      }),
    requestCancel: (id) => requestCancel(database, id),
  };
}

async function end(
  database: Database,
  id: string,
  set: PgUpdateSetSource<typeof generationJobs>,
): Promise<boolean> {
  const ended = await database
    .update(generationJobs)
    .set({
      ...set,
      finishedAt: sql`now()`,
      updatedAt: sql`now()`,
      durationMs: sql`round(extract(epoch from now() - ${startedAt}) * 1000)::bigint`,
    })
    .where(and(eq(generationJobs.id, id), OPEN))
    .returning({ id: generationJobs.id });
  return ended.length > 0;
}

async function completeWith(database: Database, id: string, image: NewImage) {
  return database.transaction(async (transaction) => {
    // In the order in which everybody takes them: the key, then rows.
    await lockKey(transaction, image.original);
    const [wanted] = await transaction
      .select({ id: generationJobs.id })
      .from(generationJobs)
      .where(and(eq(generationJobs.id, id), OPEN, WANTED))
      .for('update');
    if (wanted === undefined) return undefined;
    const registered = await registerImage(transaction, image);
    await end(transaction, id, { status: 'completed', imageId: registered.id, progress: 100 });
    return registered;
  });
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
