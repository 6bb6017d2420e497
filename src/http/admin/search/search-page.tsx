import type { Facets } from '../../../catalog/overview.js';
import type { SearchResult } from '../../../client.js';
import { counted } from '../../../domain/counted.js';
import { LONGEST_QUERY } from '../../../domain/check-search.js';
import { NOTHING_FOUND } from '../../../domain/search.js';
import { Days, Swatches, TagAndOwner } from '../images/filter-form.js';
import type { Filter } from '../images/filter.js';
import { More } from '../more.js';
import { Hit } from './hit.js';

export interface SearchPageProps {
  query: string;
  filter: Filter;
  facets: Facets;
  /** Absent while nothing is asked. */
  result?: SearchResult;
  /** What is wrong with what was asked. */
  refused?: string;
  /** Whether the page is one of the later ones. */
  later: boolean;
}

/** The page Search: one field, what narrows it, and what was found. */
export function SearchPage(props: SearchPageProps) {
  return (
    <div class="search">
      <header class="head">
        <h1>Search</h1>
      </header>
      <SearchForm {...props} />
      <p class="says" id="says" role="status">
        {props.refused ?? sentence(props.query, props.result, props.later)}
      </p>
      <Found {...props} />
    </div>
  );
}

/**
 * Outside of what answers replace, so that nothing that is being typed is ever overwritten; an answer
 * that a newer question has overtaken is not shown.
 */
function SearchForm({ query, filter, facets }: SearchPageProps) {
  return (
    <form
      class="filter"
      role="search"
      action="/admin/search"
      hx-get="/admin/search"
      hx-trigger="input changed delay:300ms from:#query, change, submit"
      hx-target="#found"
      hx-select="#found"
      hx-select-oob="#says:innerHTML"
      hx-swap="outerHTML"
      hx-sync="this:replace"
      hx-replace-url="true"
    >
      <label class="query">
        Search for
        <input
          {...{ type: 'search', name: 'query', id: 'query', value: query }}
          {...{ maxlength: LONGEST_QUERY, autocomplete: 'off', autofocus: query === '' }}
          placeholder="harbour at dawn, dark green, Canon"
        />
      </label>
      <button class="primary" id="search-button">
        Search
      </button>
      <TagAndOwner filter={filter} facets={facets} />
      <Days filter={filter} />
      <a class="button" id="filter-clear" href="/admin/search">
        Clear
      </a>
      <Swatches filter={filter} colors={facets.colors} />
    </form>
  );
}

function Found(props: SearchPageProps) {
  const { result } = props;
  return (
    <section id="found" aria-label="What was found">
      {result?.withoutMeaning !== undefined && (
        <p class="quiet">Only words and colours were looked at. {result.withoutMeaning}</p>
      )}
      {result?.nothingFound !== undefined && (
        <p class="quiet">{NOTHING_FOUND[result.nothingFound]}</p>
      )}
      <ul class="hits" id="hits" aria-label="Found images">
        {(result?.hits ?? []).map((hit) => (
          <Hit hit={hit} />
        ))}
      </ul>
      <More href={nextPage(props)} list="hits" />
    </section>
  );
}

function sentence(query: string, result: SearchResult | undefined, later: boolean): string {
  if (result === undefined) {
    return 'Words of descriptions, tags and file names, colours, or what a picture is about.';
  }
  const { hits, next } = result;
  if (hits.length === 0) return `Nothing was found for “${query}”.`;
  const found = later ? `${counted(hits.length, 'more image')}` : counted(hits.length, 'image');
  return next === undefined ? `${found} for “${query}”.` : `The best ${found} for “${query}”.`;
}

function nextPage({ query, filter, result }: SearchPageProps): string | undefined {
  if (result?.next === undefined) return undefined;
  const asked = new URLSearchParams({ query, ...filter, after: result.next });
  return `/admin/search?${asked.toString()}`;
}
