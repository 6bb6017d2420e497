import type { PredictionOrder } from './generation.js';

/** So many words one after the other are no coincidence. */
const RUN = 3;

/** Of addresses in what somebody said; a signature stands behind the question mark. */
const QUERY = /(\bhttps?:\/\/[^\s"'<>?#]+)[?#][^\s"'<>]*/gi;

/**
 * What a provider says of an order, without the prompts that it repeats, whole or in part, and without the
 * queries of addresses: its words go into logs, histories and events.
 */
export function withoutPrompts(said: string, { plan }: Pick<PredictionOrder, 'plan'>): string {
  return [plan.prompt, plan.negativePrompt ?? ''].reduce(
    (words, prompt) => withoutPrompt(words, prompt),
    said.replace(QUERY, '$1?***'),
  );
}

interface Word {
  text: string;
  from: number;
  to: number;
}

/** Compared by words, because who repeats something quotes, escapes, shortens and folds it. */
function withoutPrompt(said: string, prompt: string): string {
  const asked = wordsOf(prompt).map(({ text }) => text);
  const symbols = prompt.trim();
  if (asked.length === 0) return symbols === '' ? said : said.replaceAll(symbols, '***');
  const length = Math.min(RUN, asked.length);
  const runs = new Set(runsOf(asked, length));
  const heard = wordsOf(said);
  const repeats = runsOf(
    heard.map(({ text }) => text),
    length,
  ).flatMap((run, at) => (runs.has(run) ? [at] : []));
  return cutOut(
    said,
    repeats.map((at) => spanOf(heard, at, length)),
  );
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    ...{ text: word.toLowerCase(), from: index, to: index + word.length },
  }));
}

/** By the place of their first word. */
function runsOf(words: readonly string[], length: number): string[] {
  const count = Math.max(0, words.length - length + 1);
  return Array.from({ length: count }, (_, at) => words.slice(at, at + length).join(' '));
}

function spanOf(words: readonly Word[], at: number, length: number): [from: number, to: number] {
  return [words[at]?.from ?? 0, words[at + length - 1]?.to ?? 0];
}

/** @param spans in order; what overlaps or touches is one gap */
function cutOut(text: string, spans: readonly [from: number, to: number][]): string {
  let kept = '';
  let end = 0;
  for (const [from, to] of spans) {
    if (from > end || end === 0) kept += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return kept + text.slice(end);
}
