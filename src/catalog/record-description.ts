import { sql, type SQL } from 'drizzle-orm';
import type { Metadata, StepSource, StepState } from '../domain/image.js';
import { livingRow } from './living-row.js';
import type { Database } from './postgres.js';
import { imageEmbeddings, images } from './schema.js';
import { statusAfter } from './status.js';

/** Who made something, and of which bytes. */
export interface MadeBy {
  source: StepSource;
  sha256: string | undefined;
}

export async function recordMetadata(
  database: Database,
  imageId: string,
  metadata: Metadata,
  { source, sha256 }: MadeBy,
): Promise<boolean> {
  // Of the earlier words, so that nobody takes its vector for that of these.
  const embedding = sql<StepState>`case when ${images.embeddingState} = 'done'
    and ${otherWordsThan(metadata)} then 'pending' else ${images.embeddingState} end`;
  const recorded = await database
    .update(images)
    .set({
      ...metadata,
      metadataState: 'done',
      metadataSource: source,
      metadataFailure: null,
      embeddingState: embedding,
      status: statusAfter({ metadata: 'done', embedding }),
      updatedAt: sql`now()`,
    })
    .where(livingRow(imageId, sha256))
    .returning({ id: images.id });
  return recorded.length > 0;
}

/** What is embedded, as far as anything was said before. */
function otherWordsThan({ description, tags, category, mood }: Metadata): SQL {
  const now = sql`(${description}, ${sql.param(tags, images.tags)}, ${category}, ${mood})`;
  return sql`${images.description} is not null and
    (${images.description}, ${images.tags}, ${images.category}, ${images.mood}) is distinct from ${now}`;
}

export async function recordEmbedding(
  database: Database,
  imageId: string,
  vector: number[],
  { source, sha256 }: MadeBy,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const recorded = await transaction
      .update(images)
      .set({
        embeddingState: 'done',
        embeddingSource: source,
        embeddingFailure: null,
        status: statusAfter({ embedding: 'done' }),
        updatedAt: sql`now()`,
      })
      .where(livingRow(imageId, sha256))
      .returning({ id: images.id });
    if (recorded.length === 0) return false;
    await transaction
      .insert(imageEmbeddings)
      .values({
        ...{ imageId, provider: source.provider, model: source.model },
        ...{ dims: vector.length, vector },
      })
      .onConflictDoUpdate({
        target: [imageEmbeddings.imageId, imageEmbeddings.model],
        set: {
          provider: sql`excluded.provider`,
          vector: sql`excluded.vector`,
          dims: sql`excluded.dims`,
          createdAt: sql`now()`,
        },
      });
    return true;
  });
}
