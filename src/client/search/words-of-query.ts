/** Words that people put around what they look for, and describers around what they see. */
const AROUND = new Set(
  'a an and any are at file find for from give image images in is me mostly my name of on or photo photograph photographs photos pic pics picture pictures please says search see shot shots show some taken that the there these this those to with'.split(
    ' ',
  ),
);

/** More words than these narrow nothing any more. */
const MOST_WORDS = 24;

/** The words to look for, lower-case, each once: all of them when nothing but such words is left. */
export function wordsOfQuery(query: string): string[] {
  const plain = query.normalize('NFKC').toLowerCase();
  const all = [...new Set(plain.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [])];
  const telling = all.filter((word) => !AROUND.has(word));
  return (telling.length > 0 ? telling : all).slice(0, MOST_WORDS);
}
