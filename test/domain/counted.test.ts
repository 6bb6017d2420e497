import { describe, expect, it } from 'vitest';
import { counted, number } from '../../src/domain/counted.js';

describe('counted', () => {
  it('is singular for one thing only', () => {
    expect(counted(0, 'image')).toBe('0 images');
    expect(counted(1, 'image')).toBe('1 image');
    expect(counted(2, 'image')).toBe('2 images');
    expect(counted(1, 'delivery', 'deliveries')).toBe('1 delivery');
    expect(counted(3, 'image is', 'images are')).toBe('3 images are');
  });

  it('separates thousands, the same on every machine', () => {
    expect(number(999)).toBe('999');
    expect(counted(1204, 'image')).toBe('1,204 images');
    expect(number(1_000_000)).toBe('1,000,000');
  });
});
