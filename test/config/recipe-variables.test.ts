import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { configuredRecipe } from '../../src/config/recipe-variables.js';
import { ConfigError } from '../../src/config/variable.js';
import { DEFAULT_RECIPE, recipeOf } from '../../src/domain/recipes.js';
import { canonicalRecipe } from '../../src/domain/recipe.js';

const recipeWith = (env: Record<string, string>) =>
  configuredRecipe(loadConfig({ DATABASE_URL: 'postgres://localhost/darkroom', ...env }));

describe('the recipe that is configured', () => {
  it('is balanced when nothing is said', () => {
    expect(canonicalRecipe(recipeWith({}))).toBe(canonicalRecipe(DEFAULT_RECIPE));
  });

  it('is the one that is named', () => {
    expect(canonicalRecipe(recipeWith({ RECIPE: 'high' }))).toBe(canonicalRecipe(recipeOf('high')));
  });

  it('differs where a variable says so', () => {
    const env = {
      ...{ RECIPE: 'small', TIER_WIDTHS: '400, 800,1200', WEBP_QUALITY: '70', WEBP_EFFORT: '1' },
      ...{ AVIF_QUALITY: '50', AVIF_EFFORT: '0', AVIF_CHROMA: '4:4:4', COLOR_SPACE: 'p3' },
    };
    expect(recipeWith(env)).toEqual({
      tiers: [
        { label: 'sm', widthPx: 400 },
        { label: 'md', widthPx: 800 },
        { label: 'lg', widthPx: 1200 },
      ],
      formats: [
        { format: 'webp', quality: 70, effort: 1 },
        { format: 'avif', quality: 50, effort: 0, chromaSubsampling: '4:4:4' },
      ],
      colorSpace: 'p3',
    });
  });

  it.each([
    ['RECIPE', 'best', 'must be one of balanced, high, small, not "best"'],
    ['TIER_WIDTHS', '640,1024', 'must be three growing widths from 16 to 16383'],
    ['TIER_WIDTHS', '640,640,1920', 'must be three growing widths'],
    ['TIER_WIDTHS', '640,1024,1920,4000', 'must be three growing widths'],
    ['TIER_WIDTHS', '8,1024,1920', 'must be three growing widths'],
    ['TIER_WIDTHS', '640,1024.5,1920', 'must be three growing widths'],
    ['WEBP_EFFORT', '7', 'must be a whole number from 0 to 6'],
    ['AVIF_QUALITY', '0', 'must be a whole number from 1 to 100'],
    ['AVIF_CHROMA', '4:2:2', 'must be one of 4:2:0, 4:4:4'],
    ['COLOR_SPACE', 'cmyk', 'must be one of srgb, p3'],
  ])('refuses %s=%s in words', (name, value, words) => {
    expect(() => recipeWith({ [name]: value })).toThrow(ConfigError);
    expect(() => recipeWith({ [name]: value })).toThrow(`${name} ${words}`);
  });
});
