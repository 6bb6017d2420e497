import { and, eq, isNotNull } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Step, StepFailure } from '../domain/image.js';
import type { DeferOptions } from './catalog.js';
import type { Database } from './postgres.js';
import { metadataCache } from './provider-schema.js';
import { images } from './schema.js';

/**
 * Also what is done, because it was to be done again; its words stay until then. With `force` they are
 * not to be taken for an answer: what was said of the same bytes is forgotten. What the provider said
 * stands with every step that waits for it, until that succeeds.
 */
export async function deferSteps(
  database: Database,
  imageId: string,
  steps: Step[],
  { force = false, failure }: DeferOptions,
): Promise<void> {
  const set = steps.reduce((all, step) => ({ ...all, ...deferred(step, failure) }), {});
  await database.transaction(async (transaction) => {
    const [image] = await transaction
      .update(images)
      .set(set)
      .where(eq(images.id, imageId))
      .returning({ sha256: images.sha256 });
    if (!force || !steps.includes('metadata') || !image?.sha256) return;
    const { sha256, words } = metadataCache;
    await transaction.delete(metadataCache).where(and(eq(sha256, image.sha256), isNotNull(words)));
  });
}

function deferred(step: Step, failure: StepFailure | undefined): PgUpdateSetSource<typeof images> {
  switch (step) {
    case 'variants':
      return { variantsState: 'deferred' };
    case 'metadata':
      return { metadataState: 'deferred', ...(failure && { metadataFailure: failure }) };
    case 'embedding':
      return { embeddingState: 'deferred', ...(failure && { embeddingFailure: failure }) };
  }
}
