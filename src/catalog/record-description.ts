import { eq, sql } from 'drizzle-orm';
import type { Metadata, StepSource } from '../domain/image.js';
import type { Database } from './postgres.js';
import { imageEmbeddings, images } from './schema.js';
import { statusAfter } from './status.js';

export async function recordMetadata(
  database: Database,
  imageId: string,
  metadata: Metadata,
  source: StepSource,
): Promise<void> {
  await database
    .update(images)
    .set({
      ...metadata,
      metadataState: 'done',
      metadataSource: source,
      metadataFailure: null,
      status: statusAfter({ metadata: 'done' }),
      updatedAt: sql`now()`,
    })
    .where(eq(images.id, imageId));
}

export async function recordEmbedding(
  database: Database,
  imageId: string,
  vector: number[],
  source: StepSource,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction
      .insert(imageEmbeddings)
      .values({ imageId, model: source.model, dims: vector.length, vector })
      .onConflictDoUpdate({
        target: [imageEmbeddings.imageId, imageEmbeddings.model],
        set: { vector: sql`excluded.vector`, dims: sql`excluded.dims`, createdAt: sql`now()` },
      });
    await transaction
      .update(images)
      .set({
        embeddingState: 'done',
        embeddingSource: source,
        embeddingFailure: null,
        status: statusAfter({ embedding: 'done' }),
        updatedAt: sql`now()`,
      })
      .where(eq(images.id, imageId));
  });
}
