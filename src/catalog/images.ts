import { eq, inArray, and } from 'drizzle-orm';
import { isUuid } from '../domain/ids.js';
import type { ImageStatus, Variant } from '../domain/image.js';
import type { ImageCatalog, NewImage } from './catalog.js';
import { HAVING, type Having } from './having.js';
import { deferSteps } from './defer-steps.js';
import { countImages, countProviderCalls, pageImages } from './page-images.js';
import type { Database } from './postgres.js';
import { recordEmbedding, recordMetadata } from './record-description.js';
import { recordFailure } from './record-failure.js';
import { recordRequest } from './record-request.js';
import { recordOriginal, recordTier } from './record-variants.js';
import { asNobodyAsked, registerImage } from './register-image.js';
import { catalogStats } from './stats.js';
import { imageOf, variantOf } from './rows.js';
import { listImages } from './list-images.js';
import { livingRow } from './living-row.js';
import { images, imageVariants } from './schema.js';
import { statusAfter } from './status.js';

/** @param having how lists ask for tags and colours */
export function imageCatalog(database: Database, having: Having = HAVING): ImageCatalog {
  return {
    add: (added) => addImages(database, added),
    register: (image) => registerImage(database, image),
    get: (imageId) => getImage(database, imageId),
    variants: async (imageId) => (await variantsOf(database, [imageId])).get(imageId) ?? [],
    variantsOf: (imageIds) => variantsOf(database, imageIds),
    list: (page) => listImages(database, page, having),
    count: (selection) => countImages(database, selection),
    providerCalls: (selection) => countProviderCalls(database, selection),
    page: (selection) => pageImages(database, selection),
    stats: () => catalogStats(database),
    recordOriginal: (imageId, facts, readFrom) =>
      recordOriginal(database, imageId, facts, readFrom),
    recordTier: (imageId, tier) => recordTier(database, imageId, tier),
    recordMetadata: (imageId, metadata, source, sha256) =>
      recordMetadata(database, imageId, metadata, { source, sha256 }),
    recordEmbedding: (imageId, vector, source, sha256) =>
      recordEmbedding(database, imageId, vector, { source, sha256 }),
    recordFailure: (imageId, steps, failure) => recordFailure(database, imageId, steps, failure),
    defer: (imageId, steps, options = {}) => deferSteps(database, imageId, steps, options),
    recordRequest: (imageId, steps) => recordRequest(database, imageId, steps),
    settle: (imageId) => settleImage(database, imageId, 'processing'),
    release: (imageId) => settleImage(database, imageId, 'pending'),
  };
}

async function addImages(database: Database, added: NewImage[]): Promise<{ added: number }> {
  if (added.length === 0) return { added: 0 };
  const rows = await database
    .insert(images)
    .values(added.map(asNobodyAsked))
    .onConflictDoNothing({ target: [images.ownerId, images.original] })
    .returning({ id: images.id });
  return { added: rows.length };
}

async function getImage(database: Database, imageId: string) {
  if (!isUuid(imageId)) return undefined;
  const [row] = await database.select().from(images).where(eq(images.id, imageId));
  return row === undefined ? undefined : imageOf(row);
}

async function variantsOf(database: Database, imageIds: string[]) {
  const known = imageIds.filter(isUuid);
  const found = new Map<string, Variant[]>(known.map((imageId) => [imageId, []]));
  if (known.length === 0) return found;
  const rows = await database
    .select()
    .from(imageVariants)
    .where(inArray(imageVariants.imageId, known))
    .orderBy(imageVariants.widthPx, imageVariants.format);
  for (const row of rows) found.get(row.imageId)?.push(variantOf(row));
  return found;
}

/**
 * An image that was done, and was only being done again, is as done as before. That is no news, so the
 * row keeps the time of its last change, without which no event is told.
 */
async function settleImage(
  database: Database,
  imageId: string,
  unfinished: ImageStatus,
): Promise<void> {
  await database
    .update(images)
    .set({ status: statusAfter({}, unfinished) })
    .where(and(livingRow(imageId), eq(images.status, 'processing')));
}
