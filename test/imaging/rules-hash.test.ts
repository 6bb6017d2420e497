import { describe, expect, it } from 'vitest';
import { heicDecoderVersion } from '../../src/imaging/heic.js';
import { hashRules } from '../../src/imaging/rules-hash.js';

describe('the hash of the rules for originals', () => {
  const limits = { maxMegapixels: 50, maxFileBytes: 50_000_000 };
  const hash = hashRules('recipe', limits);

  it('is the same for the same rules', () => {
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(hashRules('recipe', { ...limits })).toBe(hash);
  });

  it.each([
    hashRules('another recipe', limits),
    hashRules('recipe', { ...limits, maxMegapixels: 51 }),
    hashRules('recipe', { ...limits, maxFileBytes: 60_000_000 }),
    hashRules('recipe', { ...limits, encoderMemoryMb: 2000 }),
    hashRules('recipe', limits, null),
    hashRules('recipe', limits, '9.9.9'),
  ])('is another under other rules', (other) => {
    expect(other).not.toBe(hash);
  });

  it('knows the HEIC decoder that is installed', () => {
    expect(heicDecoderVersion()).toMatch(/^\d+\.\d+/);
    expect(heicDecoderVersion('libheif-nowhere')).toBeUndefined();
  });
});
