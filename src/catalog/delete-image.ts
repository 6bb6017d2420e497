import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import { FRESH } from './fresh.js';
import type { Database } from './postgres.js';
import { imageEmbeddings, images, imageVariants } from './schema.js';

export async function markDeleted(database: Database, imageId: string): Promise<void> {
  const marked = isUuid(imageId)
    ? await database
        .update(images)
        .set({ deletedAt: sql`coalesce(${images.deletedAt}, now())`, updatedAt: sql`now()` })
        .where(eq(images.id, imageId))
        .returning({ id: images.id })
    : [];
  if (marked.length === 0) {
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  }
}

export async function forget(database: Database, imageId: string): Promise<void> {
  await database.transaction(async (transaction) => {
    const forgotten = await transaction
      .update(images)
      .set(FRESH)
      .where(and(eq(images.id, imageId), isNotNull(images.deletedAt)))
      .returning({ id: images.id });
    if (forgotten.length === 0) return;
    await transaction.delete(imageVariants).where(eq(imageVariants.imageId, imageId));
    await transaction.delete(imageEmbeddings).where(eq(imageEmbeddings.imageId, imageId));
  });
}
