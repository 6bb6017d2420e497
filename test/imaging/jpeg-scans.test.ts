import { describe, expect, it } from 'vitest';
import { scansOf } from '../../src/imaging/jpeg-scans.js';
import { manyScans } from '../support/hostile/jpeg.js';
import { pixels } from '../support/pictures.js';

const SIZE = { widthPx: 640, heightPx: 480 };
/** The first and fourteen for each coefficient. */
const SCANS = 1 + 3 * 14;

describe('the scans of a JPEG', () => {
  it('are one in a plain file and some in a progressive one', async () => {
    expect(scansOf(await pixels(SIZE).jpeg().toBuffer(), 100)).toBe(1);
    expect(scansOf(await pixels(SIZE).jpeg({ progressive: true }).toBuffer(), 100)).toBe(10);
  });

  it('are counted no further than to one more than is allowed', () => {
    expect(scansOf(manyScans({ ...SIZE, coefficients: 3 }), 100)).toBe(SCANS);
    expect(scansOf(manyScans({ ...SIZE, coefficients: 3 }), 20)).toBe(21);
  });

  it.each(['ff01', 'ffff01', 'ff02', 'ffbf', 'ffd3', 'ffd8', 'ff01ff01'])(
    'are all counted when %s stands before each',
    (hex) => {
      const cover = Buffer.from(hex, 'hex');
      expect(scansOf(manyScans({ ...SIZE, coefficients: 3, cover }), 100)).toBe(SCANS);
    },
  );
});
