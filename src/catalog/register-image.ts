import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { NewImage } from './catalog.js';
import { FRESH } from './fresh.js';
import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { images } from './schema.js';

/** A deleted image that is brought in again is the same image, as if for the first time. */
export async function registerImage(database: Database, image: NewImage) {
  return database.transaction(async (transaction) => {
    await lockKey(transaction, image.original);
    const [added] = await transaction
      .insert(images)
      .values(asNobodyAsked(image))
      .onConflictDoUpdate({
        target: [images.ownerId, images.original],
        set: {
          ...FRESH,
          fileName: image.fileName,
          ...(image.status !== undefined && { status: image.status }),
          deletedAt: null,
          updatedAt: sql`now()`,
        },
        setWhere: isNotNull(images.deletedAt),
      })
      .returning({ id: images.id });
    if (added !== undefined) return { id: added.id, created: true };
    const [found] = await transaction
      .select({ id: images.id })
      .from(images)
      .where(and(eq(images.ownerId, image.ownerId), eq(images.original, image.original)));
    if (found === undefined) throw new Error('An image vanished while it was registered.');
    return { id: found.id, created: false };
  });
}

/**
 * An image that the bridge leaves alone: whoever adds it starts it, or does not want it started. An
 * INSERT that says nothing of the column is a request.
 */
export function asNobodyAsked(image: NewImage): typeof images.$inferInsert {
  return { ...image, requestedAt: null };
}
