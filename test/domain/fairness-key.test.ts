import { describe, expect, it } from 'vitest';
import { fairnessKey } from '../../src/domain/fairness-key.js';

describe('fairnessKey', () => {
  it.each([
    ['ann', 'ann'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), 'a'.repeat(64)],
    ['ж'.repeat(60), 'ж'.repeat(32)],
    ['字'.repeat(60), '字'.repeat(21)],
    [`a${'🦊'.repeat(60)}`, `a${'🦊'.repeat(15)}`],
  ])('of %s holds 64 bytes at most and no half character', (ownerId, key) => {
    expect(fairnessKey(ownerId)).toBe(key);
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(64);
  });
});
