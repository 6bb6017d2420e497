import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import { FRESH } from './fresh.js';
import type { Database } from './postgres.js';
import { metadataCache } from './provider-schema.js';
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
    const deleted = and(eq(images.id, imageId), isNotNull(images.deletedAt));
    const [image] = await transaction
      .select({ sha256: images.sha256 })
      .from(images)
      .where(deleted)
      .for('update');
    if (image === undefined) return;
    await transaction.update(images).set(FRESH).where(deleted);
    if (image.sha256 !== null) await forgetWords(transaction, image.sha256);
    await transaction.delete(imageVariants).where(eq(imageVariants.imageId, imageId));
    await transaction.delete(imageEmbeddings).where(eq(imageEmbeddings.imageId, imageId));
  });
}

/** Unless another image has the same bytes, what was said of them goes too. */
async function forgetWords(database: Pick<Database, 'execute'>, sha256: string): Promise<void> {
  await database.execute(sql`delete from ${metadataCache} where ${metadataCache.sha256} = ${sha256}
    and not exists (select 1 from ${images} where ${images.sha256} = ${sha256})`);
}
