import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBuiltinEmbedding } from '../../src/embedding/builtin.js';
import { cosine, describeEmbedding } from './embedding.contract.js';

describeEmbedding('hashed words', async () => openBuiltinEmbedding());

async function likeness(a: string, b: string): Promise<number> {
  const [left, right] = await openBuiltinEmbedding().embed([a, b], {});
  return cosine(left, right);
}

describe('the builtin embedding', () => {
  it('finds a picture by one word of its description', async () => {
    const about = 'An evenly lit landscape picture, mostly steel blue and sand. harbor, dawn, city';
    expect(await likeness('harbor', about)).toBeGreaterThan(0.2);
    expect(await likeness('wedding', about)).toBeLessThan(0.15);
  });

  it('hears the same word in another spelling', async () => {
    expect(await likeness('harbor', 'harbour')).toBeGreaterThan(0.1);
    expect(await likeness('harbor', 'harbour')).toBeGreaterThan(await likeness('harbor', 'forest'));
  });

  it.each([
    ['boats', 'boat'],
    ['Churches', 'church'],
    ['cities', 'city'],
    ['Köln', 'koln'],
    ['the glass of a photo', 'glass'],
  ])('hears %j as %j', async (a, b) => {
    expect(await likeness(a, b)).toBeCloseTo(1, 6);
  });

  it('does not care for the order of words', async () => {
    expect(await likeness('red boat', 'boat red')).toBeCloseTo(1, 6);
  });

  it('gives texts without meaningful words one fixed direction', async () => {
    const [empty, stop, dots] = await openBuiltinEmbedding().embed(['', 'the of and', '...'], {});
    expect(empty?.[0]).toBe(1);
    expect(stop).toEqual(empty);
    expect(dots).toEqual(empty);
  });

  it('gives every text a vector of unit length without NaN', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const [vector] = await openBuiltinEmbedding().embed([text], {});
        expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 6);
      }),
    );
  });

  it('keeps its vectors from one version to the next', async () => {
    const [vector] = await openBuiltinEmbedding().embed(['harbor'], {});
    const used = vector?.flatMap((value, index) => (value === 0 ? [] : [index]));
    expect(used).toMatchInlineSnapshot(`
      [
        54,
        166,
        201,
        205,
        223,
        235,
      ]
    `);
  });
});
