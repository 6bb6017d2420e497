import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { canonicalRecipe, type Recipe } from '../domain/recipe.js';

/** What decides the bytes besides the recipe: another version of these may encode differently. */
const { sharp: sharpVersion, vips, aom, webp, heif } = sharp.versions;

/** 16 hex digits that change when the same original would give other bytes. */
export function hashRecipe(recipe: Recipe): string {
  const versions = JSON.stringify({ sharp: sharpVersion, vips, aom, webp, heif });
  return createHash('sha256')
    .update(canonicalRecipe(recipe))
    .update(versions)
    .digest('hex')
    .slice(0, 16);
}
