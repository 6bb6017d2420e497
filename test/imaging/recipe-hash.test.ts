import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import { hashRecipe } from '../../src/imaging/recipe-hash.js';

describe('the hash of a recipe', () => {
  it('is 16 hex digits and repeatable', () => {
    expect(hashRecipe(DEFAULT_RECIPE)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashRecipe(structuredClone(DEFAULT_RECIPE))).toBe(hashRecipe(DEFAULT_RECIPE));
  });

  it('does not depend on the order of keys', () => {
    const reversed = reverseKeys(DEFAULT_RECIPE) as Recipe;
    expect(Object.keys(reversed)).toEqual(['formats', 'tiers']);
    expect(hashRecipe(reversed)).toBe(hashRecipe(DEFAULT_RECIPE));
  });

  it('changes with every single setting', () => {
    const hashes = everyChange(DEFAULT_RECIPE).map((recipe) => hashRecipe(recipe as Recipe));
    // Three tiers of two settings, WebP of three, AVIF of four.
    expect(hashes).toHaveLength(13);
    expect(new Set([...hashes, hashRecipe(DEFAULT_RECIPE)]).size).toBe(14);
  });

  it('changes when Display P3 is kept, and not when sRGB is spelled out', () => {
    const hash = hashRecipe(DEFAULT_RECIPE);
    expect(hashRecipe({ ...DEFAULT_RECIPE, colorSpace: 'srgb' })).toBe(hash);
    expect(hashRecipe({ ...DEFAULT_RECIPE, colorSpace: 'p3' })).not.toBe(hash);
  });
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reverseKeys(inner)]),
  );
}

/** One copy for every leaf, with that leaf changed. */
function everyChange(value: unknown): unknown[] {
  if (value === null || typeof value !== 'object') {
    return [typeof value === 'number' ? value + 1 : `${String(value)}!`];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    everyChange(inner).map((changed) =>
      Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed },
    ),
  );
}
