import { and, eq, sql } from 'drizzle-orm';
import { colorName } from '../domain/color-names.js';
import { STEPS, type DominantColor, type Step } from '../domain/image.js';
import type { OriginalRecord, TierRecord } from './catalog.js';
import { livingRow } from './living-row.js';
import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { images, imageVariants } from './schema.js';
import { stateOf } from './selection.js';
import { statusAfter } from './status.js';

/**
 * A first build shows its key at once, so pages can use the small tiers while the large ones are
 * being made. While an older build is being served its key stays until the new one is whole. From
 * here on the key is in use, so that what other images left under it is not removed any more.
 */
export async function recordOriginal(
  database: Database,
  imageId: string,
  facts: OriginalRecord,
  readFrom?: string,
): Promise<boolean> {
  const { imageKey, recipe, formats, camera, requestedSteps, ...rest } = facts;
  const firstBuild = sql`${images.readyMaxWidthPx} = 0`;
  return database.transaction(async (transaction) => {
    await lockKey(transaction, imageKey);
    const recorded = await transaction
      .update(images)
      .set({
        ...rest,
        ...namedColors(rest.colors),
        camera: camera ?? null,
        imageKey: sql`case when ${firstBuild} then ${imageKey} else ${images.imageKey} end`,
        buildingKey: imageKey,
        recipe: sql`case when ${firstBuild} then ${recipe} else ${images.recipe} end`,
        formats: sql`case when ${firstBuild} then ${textArray(formats)} else ${images.formats} end`,
        requestedSteps: withDeferred(requestedSteps),
        status: 'processing',
        quarantinedAt: null,
        quarantineRules: null,
        updatedAt: sql`now()`,
      })
      .where(
        and(livingRow(imageId), readFrom === undefined ? undefined : eq(images.original, readFrom)),
      )
      .returning({ id: images.id });
    return recorded.length > 0;
  });
}

/** Steps that wait for their provider stay requested, whatever is asked for in the meantime. */
function withDeferred(requested: Step[]) {
  const deferred = STEPS.map(
    (step) => sql`case when ${stateOf(step)} = 'deferred' then ${step} end`,
  );
  const all = sql`${textArray(requested)} || array[${sql.join(deferred, sql`, `)}]::text[]`;
  return sql`(select array_agg(distinct step) from unnest(${all}) step where step is not null)`;
}

/** Rows, ready width and, with the last tier, the switch to this build: all or nothing. */
export async function recordTier(
  database: Database,
  imageId: string,
  tier: TierRecord,
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const recorded = await transaction
      .update(images)
      .set(tier.last ? switchTo(tier) : advanceTo(tier))
      .where(livingRow(imageId, tier.sha256))
      .returning({ id: images.id });
    if (recorded.length === 0) return false;
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
    return true;
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
    buildingKey: null,
    recipe,
    formats,
    readyMaxWidthPx: widthPx,
    variantsReady: true,
    readyAt: sql`now()`,
    variantsState: 'done' as const,
    variantsFailure: null,
    status: statusAfter({ variants: 'done' }),
    updatedAt: sql`now()`,
  };
}

/** What covers less of a picture than this is no colour that people would look for it by. */
const VISIBLE_SHARE = 0.05;

/** The words for the colours, each once, and how much of the picture each has. */
function namedColors(colors: DominantColor[]) {
  const shares = new Map<string, number>();
  for (const { hex, share } of colors.filter((color) => color.share >= VISIBLE_SHARE)) {
    const name = colorName(hex);
    shares.set(name, (shares.get(name) ?? 0) + share);
  }
  return { colorNames: [...shares.keys()], colorShares: [...shares.values()] };
}

function textArray(values: readonly string[]) {
  return sql`array[${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )}]::text[]`;
}
