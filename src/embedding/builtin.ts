import type { EmbeddingProvider } from './embedding.js';
import { meaningfulWords } from './words.js';

const DIMENSIONS = 256;
/** All trigrams of a word together weigh less than the word, so spelling helps and never decides. */
const TRIGRAM_WEIGHT = 0.6;

/**
 * Vectors of hashed words: texts that share words, or nearly spell them alike, point the same way.
 * It knows no synonyms. The same text gives the same vector on every machine.
 */
export function openBuiltinEmbedding(): EmbeddingProvider {
  return {
    source: { provider: 'builtin', model: `hashed-words-${DIMENSIONS}`, version: '1' },
    dimensions: DIMENSIONS,
    async embed(texts, { signal }) {
      signal?.throwIfAborted();
      return texts.map(vectorOf);
    },
  };
}

function vectorOf(text: string): number[] {
  const sums = new Float64Array(DIMENSIONS);
  for (const [feature, weight] of featuresOf(text)) {
    const hash = fnv1a(feature);
    // One bit of the hash is a sign, so that collisions cancel out instead of adding up.
    const at = hash % DIMENSIONS;
    sums[at] = (sums[at] ?? 0) + (hash >>> 31 === 0 ? weight : -weight);
  }
  const length = Math.hypot(...sums);
  // A text without meaningful words still needs a direction: all of them share this one.
  if (length < 1e-9) return Array.from(sums, (_, index) => (index === 0 ? 1 : 0));
  return Array.from(sums, (sum) => sum / length);
}

/** Said twice counts a little more than once, not twice as much. */
function featuresOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of meaningfulWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);

  const features = new Map<string, number>();
  for (const [word, count] of counts) {
    const weight = Math.sqrt(count);
    features.set(`word ${word}`, weight);
    const trigrams = trigramsOf(word);
    for (const trigram of trigrams) {
      const share = (TRIGRAM_WEIGHT * weight) / Math.sqrt(trigrams.length);
      features.set(trigram, (features.get(trigram) ?? 0) + share);
    }
  }
  return features;
}

/** `^harbor$` in threes. */
function trigramsOf(word: string): string[] {
  const characters = ['^', ...word, '$'];
  return characters
    .slice(2)
    .map((last, index) => `${characters.slice(index, index + 2).join('')}${last}`);
}

/** FNV-1a of the UTF-8 bytes, then mixed, because its last bits alone repeat for short words. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
