import { and, count, eq, isNull, sql, sum } from 'drizzle-orm';
import type { CatalogStats } from './catalog.js';
import type { Database } from './postgres.js';
import { images, imageVariants } from './schema.js';

export async function catalogStats(database: Database): Promise<CatalogStats> {
  const living = isNull(images.deletedAt);
  const [ofImages] = await database
    .select({
      images: count(),
      ready: count(sql`case when ${images.variantsReady} then 1 end`),
      failed: count(sql`case when ${images.status} = 'failed' then 1 end`),
      originalBytes: sum(images.sizeBytes),
    })
    .from(images)
    .where(living);
  const [ofVariants] = await database
    .select({ variants: count(), variantBytes: sum(imageVariants.sizeBytes) })
    .from(imageVariants)
    .innerJoin(images, eq(images.id, imageVariants.imageId))
    .where(and(living, eq(images.imageKey, imageVariants.imageKey)));
  return {
    images: ofImages?.images ?? 0,
    ready: ofImages?.ready ?? 0,
    failed: ofImages?.failed ?? 0,
    originalBytes: Number(ofImages?.originalBytes ?? 0),
    variants: ofVariants?.variants ?? 0,
    variantBytes: Number(ofVariants?.variantBytes ?? 0),
  };
}
