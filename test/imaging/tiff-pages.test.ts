import { describe, expect, it } from 'vitest';
import { tiffPagesOf } from '../../src/imaging/tiff-pages.js';
import { chain } from '../support/hostile/tiff.js';
import { picture, pixels } from '../support/pictures.js';

const SIZE = { widthPx: 1200, heightPx: 900 };

describe('the pages of a TIFF', () => {
  it('are one in a plain file, and some in one that brings smaller sizes of itself', async () => {
    expect(tiffPagesOf(await picture({ ...SIZE, format: 'tiff' }), 100)).toBe(1);
    const pyramid = pixels(SIZE).tiff({ tile: true, pyramid: true });
    expect(tiffPagesOf(await pyramid.toBuffer(), 100)).toBeGreaterThan(2);
  });

  it('are as many in one with offsets of 8 bytes', async () => {
    const pyramid = pixels(SIZE).tiff({ tile: true, pyramid: true, bigtiff: true });
    expect(tiffPagesOf(await pyramid.toBuffer(), 100)).toBeGreaterThan(2);
  });

  it('are counted no further than to one more than is allowed, and once in a ring', () => {
    expect(tiffPagesOf(chain(50, false), 100)).toBe(50);
    expect(tiffPagesOf(chain(50, false), 20)).toBe(21);
    expect(tiffPagesOf(chain(3, true), 20)).toBe(3);
  });

  it('are found with their numbers the other way round', () => {
    const pages = (count: number, next: number) => {
      const page = Buffer.alloc(2 + count * 12 + 4);
      page.writeUInt16BE(count, 0);
      page.writeUInt32BE(next, page.length - 4);
      return page;
    };
    const header = Buffer.from('MM\0*\0\0\0\x08', 'latin1');
    expect(tiffPagesOf(Buffer.concat([header, pages(1, 26), pages(2, 0)]), 100)).toBe(2);
  });

  it('end where the file does', () => {
    expect(tiffPagesOf(Buffer.from('II*\0'), 100)).toBe(0);
    expect(tiffPagesOf(chain(50, false).subarray(0, 3000), 100)).toBeLessThan(50);
  });
});
