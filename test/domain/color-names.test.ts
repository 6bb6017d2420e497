import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colorName, labOf } from '../../src/domain/color-names.js';

describe('colorName', () => {
  it.each([
    ['#000000', 'black'],
    ['#fefefe', 'white'],
    ['#7f8180', 'gray'],
    ['#ff0000', 'red'],
    ['#0000ff', 'blue'],
    ['#87ceeb', 'sky blue'],
    ['#228b22', 'green'],
    ['#ffa500', 'orange'],
    ['#8b4513', 'brown'],
    ['#000080', 'navy'],
    ['#ffc0cb', 'pink'],
    ['#ffff00', 'yellow'],
    ['#800080', 'purple'],
    ['#40e0d0', 'turquoise'],
  ])('calls %s %s', (hex, name) => {
    expect(colorName(hex)).toBe(name);
  });

  it('has a name for every colour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffff }), (rgb) => {
        expect(colorName(`#${rgb.toString(16).padStart(6, '0')}`)).toMatch(/^[a-z ]+$/);
      }),
    );
  });

  it('measures lightness from black to white', () => {
    expect(labOf('#000000').lightness).toBeCloseTo(0);
    expect(labOf('#ffffff').lightness).toBeCloseTo(1, 3);
  });
});
