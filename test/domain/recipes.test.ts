import { describe, expect, it } from 'vitest';
import { canonicalRecipe } from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE, RECIPE_NAMES, recipeOf } from '../../src/domain/recipes.js';

describe('a recipe by its name', () => {
  it('is another one for every name', () => {
    const recipes = RECIPE_NAMES.map((name) => canonicalRecipe(recipeOf(name)));
    expect(new Set(recipes).size).toBe(RECIPE_NAMES.length);
    expect(canonicalRecipe(DEFAULT_RECIPE)).toBe(canonicalRecipe(recipeOf('balanced')));
  });

  it('differs in what was said, and in nothing else', () => {
    const [webp, avif] = recipeOf('small').formats;
    const changed = recipeOf('small', {
      tierWidthsPx: [320, 800, 1600],
      webp: { quality: 75 },
      avif: { chromaSubsampling: '4:4:4', effort: undefined },
      colorSpace: 'p3',
    });
    expect(changed).toEqual({
      tiers: [
        { label: 'sm', widthPx: 320 },
        { label: 'md', widthPx: 800 },
        { label: 'lg', widthPx: 1600 },
      ],
      formats: [
        { ...webp, quality: 75 },
        { ...avif, chromaSubsampling: '4:4:4' },
      ],
      colorSpace: 'p3',
    });
  });

  it('stays the same when what it says anyway is spelled out', () => {
    const [webp, avif] = DEFAULT_RECIPE.formats;
    const spelled = recipeOf('balanced', {
      tierWidthsPx: [640, 1024, 1920],
      webp: { quality: webp.quality, effort: webp.effort },
      avif: { quality: avif?.quality },
      colorSpace: 'srgb',
    });
    expect(canonicalRecipe(spelled)).toBe(canonicalRecipe(DEFAULT_RECIPE));
  });
});
