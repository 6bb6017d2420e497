import { number } from '../../../domain/counted.js';
import type { Facets } from '../../../catalog/overview.js';
import { StateSelect } from '../state-select.js';
import { isEmpty, STATUS_WORDS, type Filter } from './filter.js';

/**
 * Narrows the list as soon as something is chosen; without script by its button. An answer replaces
 * the pictures and never a field: one may be typing the next wish when the answer to the last comes.
 */
export function FilterForm({ filter, facets }: { filter: Filter; facets: Facets }) {
  return (
    <form
      class="filter"
      action="/admin/images"
      aria-label="Filter"
      autocomplete="off"
      hx-get="/admin/images"
      hx-trigger="change, submit"
      hx-target="#library"
      hx-select="#library"
      hx-select-oob="#filter-end"
      hx-swap="outerHTML"
      hx-sync="this:queue last"
      hx-push-url="true"
    >
      <StateSelect words={STATUS_WORDS} status={filter.status} />
      <TagAndOwner filter={filter} facets={facets} />
      <Days filter={filter} />
      <noscript>
        <button>Filter</button>
      </noscript>
      <span id="filter-end">
        {!isEmpty(filter) && (
          <a class="button" id="filter-clear" href="/admin/images">
            Clear
          </a>
        )}
      </span>
      <Swatches filter={filter} colors={facets.colors} />
    </form>
  );
}

export function TagAndOwner({ filter, facets }: { filter: Filter; facets: Facets }) {
  return (
    <>
      <label>
        Tag
        <input name="tag" id="filter-tag" list="tags" value={filter.tag ?? ''} size={14} />
        <datalist id="tags">
          {facets.tags.map(({ tag, count }) => (
            <option value={tag}>{number(count)}</option>
          ))}
        </datalist>
      </label>
      <label>
        Owner
        <select name="owner" id="filter-owner">
          <option value="">any</option>
          {ownersWith(facets, filter.owner).map(({ ownerId, count }) => (
            <option value={ownerId} selected={ownerId === filter.owner}>
              {ownerId} ({number(count)})
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** Both days are part of the span. */
export function Days({ filter: { from = '', to = '' } }: { filter: Filter }) {
  return (
    <>
      <label>
        From
        <input type="date" name="from" id="filter-from" value={from} />
      </label>
      <label>
        To
        <input type="date" name="to" id="filter-to" value={to} />
      </label>
    </>
  );
}

export function Swatches({ filter, colors }: { filter: Filter; colors: Facets['colors'] }) {
  if (colors.length === 0) return <></>;
  return (
    <fieldset class="swatches">
      <legend>Colour</legend>
      <label class="swatch any">
        <input type="radio" name="color" value="" checked={filter.color === undefined} />
        <span>any</span>
      </label>
      {colors.map(({ name, hex, count }) => (
        <label class="swatch" title={`${name}, ${number(count)}`}>
          <input
            type="radio"
            name="color"
            value={name}
            checked={name === filter.color}
            aria-label={`${name}, ${number(count)}`}
          />
          <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
            <rect x="1" y="1" width="18" height="18" rx="4" fill={hex} />
          </svg>
        </label>
      ))}
    </fieldset>
  );
}

/** Also one who has no images any more, as long as the page is about them. */
function ownersWith({ owners }: Facets, asked: string | undefined): Facets['owners'] {
  if (asked === undefined || owners.some(({ ownerId }) => ownerId === asked)) return owners;
  return [...owners, { ownerId: asked, count: 0 }];
}
