import { eq, sql } from 'drizzle-orm';
import type { OriginalRecord, TierRecord } from './catalog.js';
import type { Database } from './postgres.js';
import { images, imageVariants } from './schema.js';
import { statusAfter } from './status.js';

/**
 * A first build shows its key at once, so pages can use the small tiers while the large ones are
 * being made. While an older build is being served its key stays until the new one is whole.
 */
export async function recordOriginal(
  database: Database,
  imageId: string,
  facts: OriginalRecord,
): Promise<void> {
  const { imageKey, recipe, formats, camera, ...rest } = facts;
  const firstBuild = sql`${images.readyMaxWidthPx} = 0`;
  await database
    .update(images)
    .set({
      ...rest,
      camera: camera ?? null,
      imageKey: sql`case when ${firstBuild} then ${imageKey} else ${images.imageKey} end`,
      recipe: sql`case when ${firstBuild} then ${recipe} else ${images.recipe} end`,
      formats: sql`case when ${firstBuild} then ${textArray(formats)} else ${images.formats} end`,
      status: 'processing',
      quarantinedAt: null,
      updatedAt: sql`now()`,
    })
    .where(eq(images.id, imageId));
}

/** Rows, ready width and, with the last tier, the switch to this build: all or nothing. */
export async function recordTier(
  database: Database,
  imageId: string,
  tier: TierRecord,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction
      .insert(imageVariants)
      .values(
        tier.variants.map((variant) => ({
          ...variant,
          imageId,
          imageKey: tier.imageKey,
          recipe: tier.recipe,
        })),
      )
      .onConflictDoUpdate({
        target: [
          imageVariants.imageId,
          imageVariants.imageKey,
          imageVariants.widthPx,
          imageVariants.format,
        ],
        set: { sizeBytes: sql`excluded.size_bytes`, sha256: sql`excluded.sha256` },
      });
    await transaction
      .update(images)
      .set(tier.last ? switchTo(tier) : advanceTo(tier))
      .where(eq(images.id, imageId));
  });
}

function advanceTo({ imageKey, widthPx }: TierRecord) {
  return {
    readyMaxWidthPx: sql`case when ${images.imageKey} = ${imageKey}
      then greatest(${images.readyMaxWidthPx}, ${widthPx}) else ${images.readyMaxWidthPx} end`,
    updatedAt: sql`now()`,
  };
}

function switchTo({ imageKey, recipe, formats, widthPx }: TierRecord) {
  return {
    imageKey,
    recipe,
    formats,
    readyMaxWidthPx: widthPx,
    variantsReady: true,
    variantsState: 'done' as const,
    variantsFailure: null,
    status: statusAfter({ variants: 'done' }),
    updatedAt: sql`now()`,
  };
}

function textArray(values: readonly string[]) {
  return sql`array[${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )}]::text[]`;
}
