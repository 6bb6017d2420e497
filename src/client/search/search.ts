import type { OwnerCatalog, Reach } from '../../catalog/catalog.js';
import { checkSearch } from '../../domain/check-search.js';
import { DarkroomError } from '../../domain/failures.js';
import type { NothingFound, SearchFilter, Why } from '../../domain/search.js';
import type { ImageView } from '../image-view.js';
import type { QuerySpace } from './query-space.js';
import { findByAllWays, type Found } from './all-ways.js';
import { findSimilar } from './similar.js';
import { wordsOfQuery } from './words-of-query.js';

/** Finding images by what they show. */
export interface Search {
  /**
   * Images that words, meaning or colours of the query lead to, best first. What is not close enough
   * is not found, so that a query about nothing that is there finds nothing.
   * @throws DarkroomError `InvalidInput` for a query, filter or limit that cannot be, or an outage
   */
  search(asked: SearchQuery): Promise<SearchResult>;

  /**
   * Images like this one, the most alike first.
   * @throws DarkroomError `ImageNotFound`, `InvalidInput`
   */
  similar(imageId: string, options?: { limit?: number; owner?: string }): Promise<SearchResult>;
}

export interface SearchQuery {
  /** In words, at most 500 characters. */
  query: string;
  owner?: string;
  /** All of them, as the images have them. */
  tags?: string[];
  /** A colour word such as "navy", beside those of the query. */
  color?: string;
  /** Registered at this moment or later. */
  from?: Date;
  /** Registered before this moment. */
  to?: Date;
  /** 1 to 100; 24 when nothing is said. */
  limit?: number;
  /** The `next` of the page before. */
  after?: string;
}

export interface SearchHit {
  image: ImageView;
  /** Larger is better; comparable within one answer only. */
  score: number;
  why: Why[];
}

export interface SearchResult {
  hits: SearchHit[];
  /** What `after` is for the page after this one; absent on the last. A search lists a few hundred at most. */
  next?: string;
  /** Why there is no hit. */
  nothingFound?: NothingFound;
  /** Why only words and colours were looked at. */
  withoutMeaning?: string;
}

export interface SearchDeps {
  reach: Reach;
  spaceForQueries: () => Promise<QuerySpace | undefined>;
  viewsOf: (imageIds: string[]) => Promise<ImageView[]>;
  /** How alike a query and an image must be to a model of a provider, 0 to 1. */
  minLikeness: number;
}

const PAGE = 24;

export function search(deps: SearchDeps): Search {
  return {
    search: async ({ query, owner, limit = PAGE, after, ...rest }) => {
      const filter: SearchFilter = { ...rest, ...(owner !== undefined && { ownerId: owner }) };
      checkSearch({ ...filter, query: query ?? '', limit, ...(after !== undefined && { after }) });
      const catalog = deps.reach(owner);
      const found = await findByAllWays({ ...deps, catalog }, query, filter);
      const page = await pageOf(deps, found, { limit, ...(after !== undefined && { after }) });
      if (found.hits.length > 0) return page;
      return { ...page, nothingFound: await whyNothing(catalog, query, filter) };
    },
    similar: (imageId, options) => findSimilar(deps, imageId, options),
  };
}

/** The hits after `after`, each with what a page needs to show it. */
async function pageOf(
  { viewsOf }: SearchDeps,
  { hits, ...notes }: Found,
  { limit, after }: { limit: number; after?: string },
): Promise<SearchResult> {
  const from = after === undefined ? 0 : hits.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && from === 0) {
    throw new DarkroomError('InvalidInput', `The search does not find ${after}: begin it again.`);
  }
  const page = hits.slice(from, from + limit);
  const views = new Map((await viewsOf(page.map(({ id }) => id))).map((view) => [view.id, view]));
  const next = from + limit < hits.length ? page.at(-1)?.id : undefined;
  return {
    // One that was deleted since it was found is no hit any more.
    hits: page.flatMap(({ id, score, why }) => {
      const image = views.get(id);
      return image === undefined ? [] : [{ image, score, why }];
    }),
    ...(next !== undefined && { next }),
    ...notes,
  };
}

async function whyNothing(
  catalog: OwnerCatalog,
  query: string,
  filter: SearchFilter,
): Promise<NothingFound> {
  const { ownerId } = filter;
  const ofOwner = ownerId === undefined ? {} : { ownerId };
  const [all, left] = await Promise.all([
    catalog.search.passing(ofOwner),
    catalog.search.passing(filter),
  ]);
  if (!all.images) return 'noImages';
  if (!left.images) return 'filters';
  if (!left.described) return 'notDescribed';
  return wordsOfQuery(query).length === 0 ? 'noWords' : 'nothingClose';
}
