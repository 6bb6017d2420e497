import type { OwnerCatalog } from '../../catalog/catalog.js';
import type { FoundByMeaning } from '../../catalog/search/meaning.js';
import { colorsAmong } from '../../domain/color-query.js';
import { DarkroomError, failureOf } from '../../domain/failures.js';
import { fuseRanks } from '../../domain/rank-fusion.js';
import type { SearchFilter, VectorSpace, Why } from '../../domain/search.js';
import { cutOffOf } from '../../embedding/cut-off.js';
import type { QuerySpace } from './query-space.js';
import { wordsOfQuery } from './words-of-query.js';

export interface WaysDeps {
  catalog: OwnerCatalog;
  minLikeness: number;
  spaceForQueries: () => Promise<QuerySpace | undefined>;
}

export interface Found {
  hits: { id: string; score: number; why: Why[] }[];
  withoutMeaning?: string;
}

/** As many of each way of searching are put together: several pages, a few milliseconds. */
const DEPTH = 100;

/**
 * Colours were measured, while the other ways only know what somebody wrote of the picture: a query
 * for a colour begins with the pictures that have most of it.
 */
const WEIGHTS = { words: 1, meaning: 1, color: 2 } as const;

/** Words, meaning and colours side by side, put together by their ranks, each hit with its reasons. */
export async function findByAllWays(
  deps: WaysDeps,
  query: string,
  filter: SearchFilter,
): Promise<Found> {
  const words = wordsOfQuery(query);
  const { search } = deps.catalog;
  const [byWords, byColors, meaning] = await Promise.all([
    search.byWords(words, filter, DEPTH),
    search.byColors(colorsAmong(words), filter, DEPTH),
    findByMeaning(deps, { query, words, filter }),
  ]);
  const byMeaning = meaning.needsWords ? onlyThose(meaning.found, byWords) : meaning.found;
  const why = new Map<string, Why[]>();
  const because = (id: string, reason: Why) => why.set(id, [...(why.get(id) ?? []), reason]);
  for (const { imageId, words } of byWords) because(imageId, { by: 'words', words });
  for (const { imageId, colors } of byColors) because(imageId, { by: 'color', colors });
  for (const { imageId, likeness, source } of byMeaning) {
    because(imageId, { by: 'meaning', likeness, ...source });
  }

  const fused = fuseRanks([
    { weight: WEIGHTS.words, entries: byWords.map(ranked) },
    { weight: WEIGHTS.color, entries: byColors.map(ranked) },
    {
      weight: WEIGHTS.meaning,
      entries: byMeaning.map(({ imageId }, at) => ({ id: imageId, rank: at + 1 })),
    },
  ]);
  return {
    hits: fused.map(({ id, score }) => ({ id, score, why: why.get(id) ?? [] })),
    ...(meaning.without !== undefined && { withoutMeaning: meaning.without }),
  };
}

function ranked({ imageId, rank }: { imageId: string; rank: number }) {
  return { id: imageId, rank };
}

export function named({ provider, model }: VectorSpace) {
  return { provider, model };
}

function onlyThose<T extends { imageId: string }>(found: T[], others: { imageId: string }[]): T[] {
  const known = new Set(others.map(({ imageId }) => imageId));
  return found.filter(({ imageId }) => known.has(imageId));
}

interface ByMeaning {
  found: (FoundByMeaning & { source: ReturnType<typeof named> })[];
  needsWords?: boolean;
  without?: string;
}

/** Nothing, and why, when the query cannot be embedded: words and colours are found all the same. */
async function findByMeaning(
  { catalog, minLikeness, spaceForQueries }: WaysDeps,
  { query, words, filter }: { query: string; words: string[]; filter: SearchFilter },
): Promise<ByMeaning> {
  const used = words.length === 0 ? undefined : await spaceForQueries();
  if (used === undefined) return { found: [] };
  const { space, embedder } = used;
  const embedded = await embedQuery(embedder, query);
  if ('without' in embedded) return { found: [], ...embedded };
  const cutOff = cutOffOf(space, minLikeness);
  const found = await catalog.search.byMeaning({
    ...{ space, filter, vector: embedded.vector, limit: DEPTH },
    minLikeness: cutOff.query,
  });
  const { needsWords } = cutOff;
  return { found: found.map((it) => ({ ...it, source: named(space) })), needsWords };
}

/** Somebody is waiting for the answer, who is served better without meaning than with a late one. */
const PATIENCE_MS = 5_000;

async function embedQuery(
  embedder: QuerySpace['embedder'],
  query: string,
): Promise<{ vector: number[] } | { without: string }> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const [vector] = await embedder.embed([query.trim()], { signal, purpose: 'query' });
    return vector === undefined
      ? { without: 'The provider of embeddings sent no vector for the query.' }
      : { vector };
  } catch (error) {
    if (signal.aborted) return { without: 'The provider of embeddings did not answer in time.' };
    if (!(error instanceof DarkroomError)) throw error;
    return { without: failureOf(error.kind).says };
  }
}
