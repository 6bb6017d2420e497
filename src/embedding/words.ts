/** Words that say nothing about what is in a picture. */
const STOP_WORDS = new Set(
  (
    'a an and are as at be been but by for from had has have he her his i in into is it its me mostly my ' +
    'no not of on or our she so some than that the their them then there these they this to us was we ' +
    'were what when where which who will with you your picture photo photograph image file name says ' +
    'taken iso mm'
  ).split(' '),
);

/** The words of a text that carry meaning: lower-case, without accents, in their stem. */
export function meaningfulWords(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !STOP_WORDS.has(word)).map(stem);
}

/** Plurals and the commonest endings only: a light hand confuses fewer words than a thorough one. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^sui]s$/.test(word)) return word.slice(0, -1);
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  return word;
}
