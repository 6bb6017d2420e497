import { expect, it } from 'vitest';
import { wordsOfQuery } from '../../../src/client/search/words-of-query.js';

it.each([
  ['Harbour at DAWN, harbour!', ['harbour', 'dawn']],
  ['show me a picture of the dog', ['dog']],
  ['photos', ['photos']],
  ['Köln – Ørsted_2', ['köln', 'ørsted', '2']],
  ["' & | ! <-> :* \\", []],
  ['\0', []],
])('%j looks for %j', (query, words) => {
  expect(wordsOfQuery(query)).toEqual(words);
});
