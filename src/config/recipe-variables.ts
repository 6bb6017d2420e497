import type { ColorSpace, Recipe } from '../domain/recipe.js';
import { RECIPE_NAMES, recipeOf, type RecipeName, type TierWidths } from '../domain/recipes.js';
import { oneOf, tierWidths, wholeNumber } from './parsers.js';
import { optional, type Values } from './variable.js';

/** A setting that may differ from that of the recipe. */
function changed<T>(name: string, doc: string, parse: (text: string) => T) {
  const asItIs = { value: undefined, says: 'what RECIPE says' };
  return optional<T | undefined>(name, doc, parse, asItIs);
}

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
  webpQuality: changed(
    'WEBP_QUALITY',
    'quality of WebP instead of that of the recipe',
    wholeNumber({ min: 1, max: 100 }),
  ),
  webpEffort: changed(
    'WEBP_EFFORT',
    'effort of WebP: more makes smaller files, more slowly',
    wholeNumber({ min: 0, max: 6 }),
  ),
  avifQuality: changed(
    'AVIF_QUALITY',
    'quality of AVIF instead of that of the recipe; the same number looks better than in WebP',
    wholeNumber({ min: 1, max: 100 }),
  ),
  avifEffort: changed(
    'AVIF_EFFORT',
    'effort of AVIF: more makes smaller files, much more slowly',
    wholeNumber({ min: 0, max: 9 }),
  ),
  avifChroma: changed(
    'AVIF_CHROMA',
    'colour resolution of AVIF: 4:4:4 keeps red text sharp',
    oneOf(['4:2:0', '4:4:4']),
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
