import { defined } from './defined.js';
import type { ColorSpace, FormatSettings, Recipe } from './recipe.js';

type Webp = Extract<FormatSettings, { format: 'webp' }>;
type Avif = Extract<FormatSettings, { format: 'avif' }>;

/** How each recipe encodes, every number measured: docs/benchmarks.md has the tables. */
const SETTINGS = {
  /** At every tier at least what sharp's WebP 80 scores, for the least CPU; AVIF smaller than WebP. */
  balanced: {
    webp: { format: 'webp', quality: 81, effort: 0 },
    avif: { format: 'avif', quality: 61, effort: 0, chromaSubsampling: '4:2:0' },
  },
  /** Within 1.5 points of sharp's AVIF 80. */
  high: {
    webp: { format: 'webp', quality: 95, effort: 2, smartSubsample: true },
    avif: { format: 'avif', quality: 82, effort: 0, chromaSubsampling: '4:4:4' },
  },
  /** The fewest bytes at what `balanced` scores. */
  small: {
    webp: { format: 'webp', quality: 82, effort: 6 },
    avif: { format: 'avif', quality: 59, effort: 4, chromaSubsampling: '4:2:0' },
  },
} as const satisfies Record<string, { webp: Webp; avif: Avif }>;

export type RecipeName = keyof typeof SETTINGS;
export const RECIPE_NAMES = Object.keys(SETTINGS) as RecipeName[];

/** Widths of the tiers, smallest first. */
export type TierWidths = readonly [number, number, number];
const TIER_WIDTHS: TierWidths = [640, 1024, 1920];

/** What may differ from the recipe that was named; absent: nothing. */
export interface RecipeChanges {
  tierWidthsPx?: TierWidths | undefined;
  webp?: { quality?: number | undefined; effort?: number | undefined };
  avif?: {
    quality?: number | undefined;
    effort?: number | undefined;
    chromaSubsampling?: Avif['chromaSubsampling'] | undefined;
  };
  colorSpace?: ColorSpace | undefined;
}

/** The recipe of that name with what is to differ; spelling out what it says anyway changes nothing. */
export function recipeOf(name: RecipeName, changes: RecipeChanges = {}): Recipe {
  const { webp, avif } = SETTINGS[name];
  const { tierWidthsPx: [sm, md, lg] = TIER_WIDTHS, colorSpace } = changes;
  return Object.freeze({
    tiers: [
      { label: 'sm', widthPx: sm },
      { label: 'md', widthPx: md },
      { label: 'lg', widthPx: lg },
    ],
    formats: [
      { ...webp, ...defined(changes.webp ?? {}) },
      { ...avif, ...defined(changes.avif ?? {}) },
    ],
    ...(colorSpace && { colorSpace }),
  } as const);
}

export const DEFAULT_RECIPE: Recipe = recipeOf('balanced');
