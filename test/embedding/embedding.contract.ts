import { describe, expect, it } from 'vitest';
import type { EmbeddingProvider } from '../../src/embedding/embedding.js';

export function cosine(a: number[] = [], b: number[] = []): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? NaN), 0);
}

/** What every EmbeddingProvider promises. */
export function describeEmbedding(name: string, open: () => Promise<EmbeddingProvider>): void {
  describe(`embedding by ${name}`, () => {
    it('says who it is, so that a change makes older vectors stale', async () => {
      const { source } = await open();
      expect(Object.keys(source).sort()).toEqual(['model', 'provider', 'version']);
      for (const word of Object.values(source)) expect(word).not.toBe('');
    });

    it('gives one vector of unit length a text, in order', async () => {
      const provider = await open();
      const texts = ['a red boat in a harbor', 'snow on a mountain', 'a red boat in a harbor'];
      const vectors = await provider.embed(texts, {});
      expect(vectors.map((vector) => vector.length)).toEqual(texts.map(() => provider.dimensions));
      for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect(cosine(vectors[0], vectors[2])).toBeCloseTo(1, 5);
      expect(cosine(vectors[0], vectors[1])).toBeLessThan(0.99);
    });

    it('puts related texts nearer than unrelated ones', async () => {
      const provider = await open();
      const [boat, boats, snow] = await provider.embed(
        ['a red boat in the harbor', 'boats in a harbor at dawn', 'a snowy mountain at night'],
        {},
      );
      expect(cosine(boat, boats)).toBeGreaterThan(cosine(boat, snow));
    });

    it('gives nothing for nothing', async () => {
      const provider = await open();
      expect(await provider.embed([], {})).toEqual([]);
    });

    it('ends when its signal aborts', async () => {
      const provider = await open();
      await expect(provider.embed(['x'], { signal: AbortSignal.abort() })).rejects.toThrow();
    });
  });
}
