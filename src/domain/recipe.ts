/** A rung of the ladder: the label people use and the width that it stands for. */
export interface Tier {
  readonly label: 'sm' | 'md' | 'lg';
  readonly widthPx: number;
}

/** How one format is encoded. Quality and effort are the encoder's own scales (see docs/benchmarks.md). */
export type FormatSettings =
  | {
      readonly format: 'webp';
      readonly quality: number;
      readonly effort: number;
      /** Colour in half the resolution, chosen with care: slower, and much nearer to the original. */
      readonly smartSubsample?: boolean;
    }
  | {
      readonly format: 'avif';
      readonly quality: number;
      readonly effort: number;
      readonly chromaSubsampling: '4:2:0' | '4:4:4';
    };

export type Format = FormatSettings['format'];

/** Every format that any recipe may name. */
export const FORMATS = ['webp', 'avif'] as const satisfies readonly Format[];

/** `p3`: originals that are wider than sRGB become Display P3 with its profile; all others sRGB. */
export type ColorSpace = 'srgb' | 'p3';

/** What is made of every image: tiers smallest first, each in every format. */
export interface Recipe {
  readonly tiers: readonly [Tier, ...Tier[]];
  readonly formats: readonly [FormatSettings, ...FormatSettings[]];
  /** Absent: `srgb`, and the same recipe as with the word. */
  readonly colorSpace?: ColorSpace;
}

/** The width of the largest tier: no variant is wider, so the working master need not be either. */
export function largestWidthPx(recipe: Recipe): number {
  return Math.max(...recipe.tiers.map((tier) => tier.widthPx));
}

/**
 * The tiers that an image of this native width gets, smallest first: every tier below the native
 * width, then the native width itself (capped by the largest tier) under the label that it serves.
 * So nothing is enlarged and no two tiers hold the same pixels.
 */
export function planTiers(recipe: Recipe, nativeWidthPx: number): Tier[] {
  const topWidthPx = Math.min(nativeWidthPx, largestWidthPx(recipe));
  const ladder = [...recipe.tiers].sort((a, b) => a.widthPx - b.widthPx);
  const below = ladder.filter((tier) => tier.widthPx < topWidthPx);
  const serving = ladder.find((tier) => tier.widthPx >= topWidthPx) ?? recipe.tiers[0];
  return [...below, { label: serving.label, widthPx: topWidthPx }];
}

/** What moves is WebP also where a recipe has none: sharp's own quality, at half its effort. */
const ANIMATED = { format: 'webp', quality: 80, effort: 2 } as const satisfies FormatSettings;

/**
 * The formats that an image gets: the recipe's, or for one that moves animated WebP alone, by our
 * settings where the recipe has no WebP.
 */
export function formatsFor(
  recipe: Recipe,
  { animated }: { animated: boolean },
): readonly [FormatSettings, ...FormatSettings[]] {
  if (!animated) return recipe.formats;
  return [recipe.formats.find(({ format }) => format === 'webp') ?? ANIMATED];
}

/**
 * The same recipe gives the same text, whatever the order of its keys; the text is what gets hashed.
 * A default that is spelled out is left out, so that it makes nothing stale.
 */
export function canonicalRecipe({ colorSpace, ...rest }: Recipe): string {
  const recipe = colorSpace === 'p3' ? { ...rest, colorSpace } : rest;
  return JSON.stringify(recipe, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
