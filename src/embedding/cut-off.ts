import type { VectorSpace } from '../domain/search.js';

/** Where likeness ends and chance begins. */
export interface CutOff {
  /** How alike a query and an image must be at least, 0 to 1. */
  query: number;
  /** How alike two images must be. */
  similar: number;
  /** What has no word of the query is not found, however alike it seems. */
  needsWords: boolean;
}

/**
 * Hashed words know no synonyms, so what is alike without a word in common is chance. Measured with
 * 30,000 descriptions by the builtin provider: of letters thrown together the nearest description is
 * up to 0.6 alike, of a word that it has 0.5 to 0.65; no number tells them apart. Of two images, the
 * nearest are 0.67 alike or more, and nineteen in twenty pairs less than 0.46: in between.
 */
const BUILTIN: CutOff = { query: 0.3, similar: 0.5, needsWords: true };

/** @param ofProviders how alike others' vectors must be at least, as it is configured */
export function cutOffOf({ provider }: VectorSpace, ofProviders: number): CutOff {
  if (provider === 'builtin') return BUILTIN;
  return { query: ofProviders, similar: ofProviders, needsWords: false };
}
