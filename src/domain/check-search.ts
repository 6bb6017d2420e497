import { hexOf } from './color-names.js';
import { DarkroomError } from './failures.js';
import { isUuid } from './ids.js';
import type { SearchFilter } from './search.js';

/** What may be asked of a search; checked where no compiler has seen it. */
export interface AskedOfSearch extends SearchFilter {
  query?: string;
  limit?: number;
  after?: string;
}

/** A paragraph; whoever pastes a book has not meant to. */
export const LONGEST_QUERY = 500;
export const MOST_HITS = 100;
const MOST_TAGS = 20;

/** @throws DarkroomError `InvalidInput` that says what may be asked instead */
export function checkSearch(asked: AskedOfSearch): void {
  const { query, limit, after, ownerId, tags = [], color, from, to } = asked;
  if (query !== undefined) checkQuery(query);
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MOST_HITS)) {
    refuse(`The limit must be a whole number from 1 to ${MOST_HITS}.`);
  }
  if (after !== undefined && !isUuid(after)) refuse(`"${after}" is not the id of an image.`);
  if (tags.length > MOST_TAGS) refuse(`A search takes at most ${MOST_TAGS} tags.`);
  for (const text of [...tags, ...(ownerId === undefined ? [] : [ownerId])]) {
    // A database cannot even compare the second.
    if (text === '' || text.includes('\0')) refuse('A tag or an owner must be a word.');
  }
  if (color !== undefined && hexOf(color) === undefined) {
    refuse(`"${color}" is no colour that Darkroom has a word for, such as "navy" or "sky blue".`);
  }
  checkSpan(from, to);
}

function checkQuery(query: string): void {
  if (query.trim() === '') refuse('The query is empty: say what to look for.');
  if ([...query].length > LONGEST_QUERY) {
    refuse(`The query is longer than ${LONGEST_QUERY} characters.`);
  }
}

function checkSpan(from: Date | undefined, to: Date | undefined): void {
  for (const day of [from, to]) {
    if (day !== undefined && Number.isNaN(day.getTime())) refuse('A date must be a day or a time.');
  }
  if (from !== undefined && to !== undefined && from >= to) {
    refuse('The span ends before it begins: "from" must be before "to".');
  }
}

function refuse(words: string): never {
  throw new DarkroomError('InvalidInput', words);
}
