import { and, desc, eq, isNull, lt } from 'drizzle-orm';
import { DarkroomError } from '../domain/failures.js';
import type { ImageCatalog, ListPage, NewImage } from './catalog.js';
import { deferSteps } from './defer-steps.js';
import { countImages, countProviderCalls, pageImages } from './page-images.js';
import type { Database } from './postgres.js';
import { recordEmbedding, recordMetadata } from './record-description.js';
import { recordFailure } from './record-failure.js';
import { recordRequest } from './record-request.js';
import { recordOriginal, recordTier } from './record-variants.js';
import { registerImage } from './register-image.js';
import { catalogStats } from './stats.js';
import { imageOf, variantOf } from './rows.js';
import { livingRow } from './living-row.js';
import { images, imageVariants } from './schema.js';
import { statusAfter } from './status.js';

export function imageCatalog(database: Database): ImageCatalog {
  return {
    add: (added) => addImages(database, added),
    register: (image) => registerImage(database, image),
    get: (imageId) => getImage(database, imageId),
    variants: (imageId) => variantsOf(database, imageId),
    list: (page) => listImages(database, page),
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
    defer: (imageId, steps, { force = false } = {}) => deferSteps(database, imageId, steps, force),
    recordRequest: (imageId, steps) => recordRequest(database, imageId, steps),
    release: (imageId) => releaseImage(database, imageId),
  };
}

async function addImages(database: Database, added: NewImage[]): Promise<{ added: number }> {
  if (added.length === 0) return { added: 0 };
  const rows = await database
    .insert(images)
    .values(added)
    .onConflictDoNothing({ target: [images.ownerId, images.original] })
    .returning({ id: images.id });
  return { added: rows.length };
}

async function getImage(database: Database, imageId: string) {
  if (!isUuid(imageId)) return undefined;
  const [row] = await database.select().from(images).where(eq(images.id, imageId));
  return row === undefined ? undefined : imageOf(row);
}

async function variantsOf(database: Database, imageId: string) {
  if (!isUuid(imageId)) return [];
  const rows = await database
    .select()
    .from(imageVariants)
    .where(eq(imageVariants.imageId, imageId))
    .orderBy(imageVariants.widthPx, imageVariants.format);
  return rows.map(variantOf);
}

async function listImages(database: Database, page: ListPage) {
  if (page.after !== undefined && !isUuid(page.after)) {
    throw new DarkroomError('InvalidInput', `"${page.after}" is not the id of an image.`);
  }
  const rows = await database
    .select()
    .from(images)
    .where(
      and(
        isNull(images.deletedAt),
        page.after === undefined ? undefined : lt(images.id, page.after),
        page.ownerId === undefined ? undefined : eq(images.ownerId, page.ownerId),
        page.status === undefined ? undefined : eq(images.status, page.status),
      ),
    )
    .orderBy(desc(images.id))
    .limit(page.limit);
  return rows.map(imageOf);
}

/** An image that was done, and was only being done again, is as done as before. */
async function releaseImage(database: Database, imageId: string): Promise<void> {
  await database
    .update(images)
    .set({ status: statusAfter({}, 'pending') })
    .where(and(livingRow(imageId), eq(images.status, 'processing')));
}

/** Asking the database with another text would be an error rather than "not found". */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
