import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalRecipe,
  formatsFor,
  largestWidthPx,
  planTiers,
  type Recipe,
} from '../../src/domain/recipe.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';

const nativeWidth = fc.integer({ min: 1, max: 20_000 });

const ladder = fc
  .uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 3, maxLength: 3 })
  .map((widths): Recipe => {
    const [sm = 1, md = 2, lg = 3] = widths.sort((a, b) => a - b);
    return {
      ...DEFAULT_RECIPE,
      tiers: [
        { label: 'sm', widthPx: sm },
        { label: 'md', widthPx: md },
        { label: 'lg', widthPx: lg },
      ],
    };
  });

describe('planTiers', () => {
  it.each([
    [4000, 'sm 640, md 1024, lg 1920'],
    [1920, 'sm 640, md 1024, lg 1920'],
    [1919, 'sm 640, md 1024, lg 1919'],
    [1025, 'sm 640, md 1024, lg 1025'],
    [1024, 'sm 640, md 1024'],
    [800, 'sm 640, md 800'],
    [640, 'sm 640'],
    [1, 'sm 1'],
  ])('gives an image %i px wide the tiers %s', (width, tiers) => {
    const planned = planTiers(DEFAULT_RECIPE, width);
    expect(planned.map((tier) => `${tier.label} ${tier.widthPx}`).join(', ')).toBe(tiers);
  });

  it('never enlarges, and ends at the native width or the largest tier', () => {
    fc.assert(
      fc.property(ladder, nativeWidth, (recipe, width) => {
        const widths = planTiers(recipe, width).map((tier) => tier.widthPx);
        expect(Math.max(...widths)).toBeLessThanOrEqual(width);
        expect(widths.at(-1)).toBe(Math.min(width, largestWidthPx(recipe)));
      }),
    );
  });

  it('goes strictly upwards, so no width is stored twice', () => {
    fc.assert(
      fc.property(ladder, nativeWidth, (recipe, width) => {
        const widths = planTiers(recipe, width).map((tier) => tier.widthPx);
        expect(widths).toEqual([...new Set(widths)].sort((a, b) => a - b));
      }),
    );
  });

  it('labels the tiers from the smallest on, each once', () => {
    fc.assert(
      fc.property(ladder, nativeWidth, (recipe, width) => {
        const labels = planTiers(recipe, width).map((tier) => tier.label);
        expect(labels).toEqual(['sm', 'md', 'lg'].slice(0, labels.length));
      }),
    );
  });

  it('does not depend on the order of the tiers in the recipe', () => {
    fc.assert(
      fc.property(ladder, nativeWidth, (recipe, width) => {
        const [sm, md, lg] = recipe.tiers;
        if (md === undefined || lg === undefined) throw new Error('a ladder has three rungs');
        const shuffled: Recipe = { ...recipe, tiers: [lg, sm, md] };
        expect(planTiers(shuffled, width)).toEqual(planTiers(recipe, width));
      }),
    );
  });
});

describe('formatsFor', () => {
  const webp = { format: 'webp', quality: 80, effort: 2 } as const;
  const avif = { format: 'avif', quality: 62, effort: 0, chromaSubsampling: '4:2:0' } as const;

  it('gives a picture that stands still every format of the recipe', () => {
    expect(formatsFor(DEFAULT_RECIPE, { animated: false })).toBe(DEFAULT_RECIPE.formats);
  });

  it('gives one that moves WebP alone, as the recipe sets it', () => {
    const recipe: Recipe = { ...DEFAULT_RECIPE, formats: [avif, { ...webp, quality: 55 }] };
    expect(formatsFor(recipe, { animated: true })).toEqual([{ ...webp, quality: 55 }]);
  });

  it('keeps an animation moving by a recipe without WebP', () => {
    const recipe: Recipe = { ...DEFAULT_RECIPE, formats: [avif] };
    expect(formatsFor(recipe, { animated: true })).toEqual([webp]);
  });
});

describe('canonicalRecipe', () => {
  it('is the same text whatever the order of the keys', () => {
    const { formats, tiers } = DEFAULT_RECIPE;
    const reversed = { formats: formats.map(withKeysReversed), tiers: tiers.map(withKeysReversed) };
    expect(canonicalRecipe(reversed as unknown as Recipe)).toBe(canonicalRecipe(DEFAULT_RECIPE));
  });

  it('is another text when a setting changes', () => {
    const [webp, ...rest] = DEFAULT_RECIPE.formats;
    const other: Recipe = {
      ...DEFAULT_RECIPE,
      formats: [{ ...webp, quality: webp.quality + 1 }, ...rest],
    };
    expect(canonicalRecipe(other)).not.toBe(canonicalRecipe(DEFAULT_RECIPE));
  });

  it('holds every setting, so that it can be read back', () => {
    expect(JSON.parse(canonicalRecipe(DEFAULT_RECIPE))).toEqual(DEFAULT_RECIPE);
  });
});

function withKeysReversed(object: object): object {
  return Object.fromEntries(Object.entries(object).reverse());
}
