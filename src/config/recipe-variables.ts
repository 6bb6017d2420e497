import type { ColorSpace, Recipe } from '../domain/recipe.js';
import { RECIPE_NAMES, recipeOf, type RecipeName, type TierWidths } from '../domain/recipes.js';
import { oneOf, tierWidths, wholeNumber } from './parsers.js';
import { optional, type Values } from './variable.js';

const AS_IT_SAYS = { value: undefined, says: 'what RECIPE says' };

/** What every image is made into. Whoever changes one of these makes what is there stale. */
export const RECIPE_VARIABLES = {
  recipe: optional<RecipeName>(
    'RECIPE',
    'how images are encoded: balanced between CPU, bytes and quality, high in quality, or small in bytes; docs/benchmarks.md compares them',
    oneOf(RECIPE_NAMES),
    'balanced',
  ),
  tierWidths: optional<TierWidths | undefined>(
    'TIER_WIDTHS',
    'widths of the tiers sm, md and lg in pixels, smallest first',
    tierWidths,
    { value: undefined, says: '640,1024,1920' },
  ),
  webpQuality: optional<number | undefined>(
    'WEBP_QUALITY',
    'quality of WebP instead of that of the recipe',
    wholeNumber({ min: 1, max: 100 }),
    AS_IT_SAYS,
  ),
  webpEffort: optional<number | undefined>(
    'WEBP_EFFORT',
    'effort of WebP: more makes smaller files, more slowly',
    wholeNumber({ min: 0, max: 6 }),
    AS_IT_SAYS,
  ),
  avifQuality: optional<number | undefined>(
    'AVIF_QUALITY',
    'quality of AVIF; its numbers mean more than those of WebP',
    wholeNumber({ min: 1, max: 100 }),
    AS_IT_SAYS,
  ),
  avifEffort: optional<number | undefined>(
    'AVIF_EFFORT',
    'effort of AVIF: more makes smaller files, much more slowly',
    wholeNumber({ min: 0, max: 9 }),
    AS_IT_SAYS,
  ),
  avifChroma: optional<'4:2:0' | '4:4:4' | undefined>(
    'AVIF_CHROMA',
    'colour resolution of AVIF: 4:4:4 keeps red text sharp',
    oneOf(['4:2:0', '4:4:4']),
    AS_IT_SAYS,
  ),
  colorSpace: optional<ColorSpace>(
    'COLOR_SPACE',
    'p3 keeps Display P3 where the original is wider than sRGB',
    oneOf(['srgb', 'p3']),
    'srgb',
  ),
} as const;

export type RecipeSettings = Values<typeof RECIPE_VARIABLES>;

/** The recipe that these settings describe. */
export function configuredRecipe(settings: RecipeSettings): Recipe {
  const { webpQuality, webpEffort, avifQuality, avifEffort, avifChroma } = settings;
  return recipeOf(settings.recipe, {
    tierWidthsPx: settings.tierWidths,
    webp: { quality: webpQuality, effort: webpEffort },
    avif: { quality: avifQuality, effort: avifEffort, chromaSubsampling: avifChroma },
    colorSpace: settings.colorSpace,
  });
}
