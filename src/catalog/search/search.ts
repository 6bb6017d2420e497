import { sql } from 'drizzle-orm';
import type { WantedColor } from '../../domain/color-query.js';
import { isUuid } from '../../domain/ids.js';
import type { SearchFilter, VectorSpace } from '../../domain/search.js';
import type { Database } from '../postgres.js';
import { findByColors, type FoundByColors } from './colors.js';
import { HAVING, type Having } from '../having.js';
import { passing, type ImageFilter } from './filter.js';
import { findByMeaning, type FoundByMeaning, type MeaningQuery } from './meaning.js';
import {
  isComplete,
  removeReplaced,
  vectorsOf,
  vectorSpaces,
  type StoredVector,
} from './spaces.js';
import { ensureVectorIndex } from './vector-index.js';
import { findByWords, type FoundByWords } from './words.js';

/** The ways by which images are found, each by itself; only living images are. */
export interface SearchCatalog {
  byWords(words: string[], filter: SearchFilter, limit: number): Promise<FoundByWords[]>;
  byColors(wanted: WantedColor[], filter: SearchFilter, limit: number): Promise<FoundByColors[]>;
  byMeaning(query: MeaningQuery): Promise<FoundByMeaning[]>;
  /** Whether there are images that pass the filter, and described ones among them. */
  passing(filter: SearchFilter): Promise<{ images: boolean; described: boolean }>;
  /** Every vector of an image. */
  vectorsOf(imageId: string): Promise<StoredVector[]>;
  /** Those that there are vectors of. */
  spaces(): Promise<VectorSpace[]>;
  /** Whether it can find whatever the other spaces can. */
  isComplete(space: VectorSpace): Promise<boolean>;
  /**
   * Makes the index of a space if it is not there, beside whatever goes on.
   * @returns false when it was there, or somebody else is making it
   */
  ensureIndex(space: VectorSpace): Promise<boolean>;
  /**
   * Removes the vectors of spaces that this one has replaced, an hour after they were last written.
   * @returns how many that were
   */
  removeReplaced(space: VectorSpace): Promise<number>;
}

export function searchCatalog(database: Database, databaseUrl: string): SearchCatalog {
  return {
    ...imageSearch(database),
    spaces: () => vectorSpaces(database),
    isComplete: (space) => isComplete(database, space),
    ensureIndex: (space) => ensureVectorIndex(databaseUrl, space),
    removeReplaced: (space) => removeReplaced(database, space),
  };
}

/** What is asked of images, and so of those of one owner too. */
export function imageSearch(database: Database, having: Having = HAVING) {
  const asked = (filter: SearchFilter): ImageFilter => ({ ...filter, having });
  return {
    byWords: (words, filter, limit) => findByWords(database, words, asked(filter), limit),
    byColors: (wanted, filter, limit) => findByColors(database, wanted, asked(filter), limit),
    byMeaning: (query) => findByMeaning(database, { ...query, filter: asked(query.filter) }),
    passing: (filter) => whetherPassing(database, asked(filter)),
    vectorsOf: async (imageId) => (isUuid(imageId) ? vectorsOf(database, imageId) : []),
  } satisfies Partial<SearchCatalog>;
}

async function whetherPassing(database: Database, filter: ImageFilter) {
  const { rows } = await database.execute<{ images: boolean; described: boolean }>(sql`
    select exists (select 1 from images where ${passing(filter)}) as images,
      exists (select 1 from images where ${passing(filter)} and description is not null) as described`);
  const { images = false, described = false } = rows[0] ?? {};
  return { images, described };
}
