import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { livingRow } from './living-row.js';
import type { Database } from './postgres.js';
import { images, imageVariants } from './schema.js';
import { statusAfter } from './status.js';

/** An image and the objects that it names. */
export interface ImageObjects {
  id: string;
  ownerId: string;
  fileName: string;
  original: string;
  /** Of the original, once it was read. */
  sizeBytes?: number;
  sha256?: string;
  previewKey?: string;
  /** Those that are served; those of builds before them are about to go. */
  variants: { key: string; sizeBytes: number; sha256: string; widthPx: number }[];
}

/** Living images in the order of their ids. */
export async function imageObjects(
  database: Database,
  { after, limit }: { after?: string; limit: number },
): Promise<ImageObjects[]> {
  const { id, ownerId, fileName, original, sizeBytes, sha256, previewKey, imageKey } = images;
  const rows = await database
    .select({ id, ownerId, fileName, original, sizeBytes, sha256, previewKey, imageKey })
    .from(images)
    .where(and(isNull(images.deletedAt), after === undefined ? undefined : gt(images.id, after)))
    .orderBy(asc(images.id))
    .limit(limit);
  if (rows.length === 0) return [];
  const variants = await database
    .select()
    .from(imageVariants)
    .where(
      inArray(
        imageVariants.imageId,
        rows.map((row) => row.id),
      ),
    );
  return rows.map(
    ({ imageKey: served, sizeBytes: size, sha256: hash, previewKey: key, ...row }) => ({
      ...row,
      ...(size !== null && { sizeBytes: size }),
      ...(hash !== null && { sha256: hash }),
      ...(key !== null && { previewKey: key }),
      variants: variants.filter((it) => it.imageId === row.id && it.imageKey === served),
    }),
  );
}

/** What of an image is not stored as it should be. */
export interface LostObjects {
  /** Keys of variants. */
  variants: string[];
  preview: boolean;
}

/**
 * Forgets the objects, so that the next work on the image makes them again: nothing is offered any more
 * that is as wide as the smallest of them.
 * @returns false when the image was deleted meanwhile
 */
export async function forgetObjects(
  database: Database,
  imageId: string,
  { variants, preview }: LostObjects,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const lost =
      variants.length === 0
        ? []
        : await transaction
            .delete(imageVariants)
            .where(and(eq(imageVariants.imageId, imageId), inArray(imageVariants.key, variants)))
            .returning({ widthPx: imageVariants.widthPx });
    const smallest = Math.min(...lost.map(({ widthPx }) => widthPx));
    const narrower = sql`(select coalesce(max(width), 0) from image_variants variant
      where variant.image_id = ${images.id} and variant.image_key = ${images.imageKey}
        and variant.width < ${smallest})`;
    const updated = await transaction
      .update(images)
      .set({
        ...(preview && { previewKey: null }),
        ...(lost.length > 0 && {
          readyMaxWidthPx: narrower,
          variantsReady: false,
          variantsState: 'pending',
          status: statusAfter({ variants: 'pending' }),
        }),
        updatedAt: sql`now()`,
      })
      .where(livingRow(imageId))
      .returning({ id: images.id });
    return updated.length > 0;
  });
}
