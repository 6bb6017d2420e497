import { and, eq, isNull, sql } from 'drizzle-orm';
import { STEPS } from '../domain/image.js';
import type { NewBytes } from './lifecycle.js';
import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { images } from './schema.js';

/**
 * Without hash and preview nothing that was made of the old bytes is taken for the new. Key, ready
 * width and words stay: they are of the old bytes, and so is what is being served.
 */
export async function replaceOriginal(
  database: Database,
  imageId: string,
  { original, fileName }: NewBytes,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    await lockKey(transaction, original);
    const replaced = await transaction
      .update(images)
      .set({
        original,
        ...(fileName !== undefined && { fileName }),
        sha256: null,
        previewKey: null,
        buildingKey: null,
        quarantinedAt: null,
        quarantineRules: null,
        // Not pending: if nobody gets to start it, the sweep does.
        status: 'processing',
        requestedSteps: [...STEPS],
        ...{ variantsState: 'pending', variantsFailure: null },
        ...{ metadataState: 'pending', metadataFailure: null },
        ...{ embeddingState: 'pending', embeddingFailure: null },
        updatedAt: sql`now()`,
      })
      .where(and(eq(images.id, imageId), isNull(images.deletedAt)))
      .returning({ id: images.id });
    return replaced.length > 0;
  });
}
