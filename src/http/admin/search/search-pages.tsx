import { Hono } from 'hono';
import type { SearchQuery, SearchResult } from '../../../client.js';
import { DarkroomError } from '../../../domain/failures.js';
import type { HttpDeps, HttpEnv } from '../../http-deps.js';
import { filterOf, listOf, type Filter } from '../images/filter.js';
import type { Memory } from '../memory.js';
import type { ShowPage } from '../show-page.js';
import { SearchPage } from './search-page.js';

const PAGE = 36;
/** Tags and colours change slowly, and counting them reads every row. */
const FACETS_MS = 10_000;

export function searchPages(deps: HttpDeps, show: ShowPage, memory: Memory): Hono<HttpEnv> {
  const { darkroom } = deps;
  const routes = new Hono<HttpEnv>();
  const facets = memory.keep(FACETS_MS, () => darkroom.facets());

  routes.get('/', async (c) => {
    const { query = '', after, ...fields } = c.req.query();
    const asked = query.trim();
    const { filter, result, refused } = await answer(deps, asked, {
      ...fields,
      after: after ?? '',
    });
    return show(c, {
      title: asked === '' ? 'Search' : `Search: ${asked}`,
      active: 'search',
      styles: ['images.css', 'search.css'],
      status: refused === undefined ? 200 : 400,
      body: (
        <SearchPage
          {...{ query: asked, filter, facets: await facets(), later: Boolean(after) }}
          {...(result !== undefined && { result })}
          {...(refused !== undefined && { refused })}
        />
      ),
    });
  });
  return routes;
}

interface Answer {
  filter: Filter;
  result?: SearchResult;
  refused?: string;
}

/** What cannot be asked is said where what was found would be. */
async function answer(
  { darkroom }: HttpDeps,
  query: string,
  { after, status: _status, ...fields }: Record<string, string>,
): Promise<Answer> {
  let filter: Filter = {};
  try {
    filter = filterOf(fields);
    if (query === '') return { filter };
    const { tag, ownerId, status: _, ...rest } = listOf(filter);
    const asked: SearchQuery = {
      ...{ ...rest, query, limit: PAGE },
      ...(tag !== undefined && { tags: [tag] }),
      ...(ownerId !== undefined && { owner: ownerId }),
      ...(after && { after }),
    };
    return { filter, result: await darkroom.search(asked) };
  } catch (error) {
    if (error instanceof DarkroomError && error.kind === 'InvalidInput') {
      return { filter, refused: error.message };
    }
    throw error;
  }
}
