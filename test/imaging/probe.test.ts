import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeOriginal } from '../../src/imaging/probe.js';
import { moving, picture } from '../support/pictures.js';

const LIMITS = { maxMegapixels: 1, maxFileBytes: 1_000_000 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('probing an original', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)(
    'knows a %s by its content, whatever it is called',
    async (format) => {
      const bytes = await picture({ widthPx: 120, heightPx: 80, format });
      const probed = await probeOriginal(await file(`${format}.txt`, bytes), LIMITS);
      expect(probed).toMatchObject({
        mediaType: `image/${format}`,
        widthPx: 120,
        heightPx: 80,
      });
    },
  );

  it('gives width and height as the picture is shown', async () => {
    const bytes = await picture({ widthPx: 120, heightPx: 80, orientation: 6 });
    const probed = await probeOriginal(await file('turned.jpg', bytes), LIMITS);
    expect(probed).toMatchObject({ widthPx: 80, heightPx: 120 });
  });

  it('refuses an empty file', async () => {
    await expect(probeOriginal(await file('empty.jpg', ''), LIMITS)).rejects.toMatchObject({
      kind: 'ImageEmpty',
    });
  });

  it('refuses text that is called .jpg', async () => {
    const path = await file('text.jpg', 'Not a picture at all.');
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({ kind: 'NotAnImage' });
  });

  it('names what a file is that is no image', async () => {
    const path = await file('paper.jpg', '%PDF-1.7\n%abc\n1 0 obj\n');
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({
      kind: 'NotAnImage',
      message: 'The content of the file is application/pdf, not an image.',
    });
  });

  it.each([
    ['bare', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    [
      'after an XML declaration, a comment and a doctype',
      '\uFEFF<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg>\n<s:svg xmlns:s="x"/>',
    ],
  ])('refuses SVG, %s, as a format that is not supported', async (_how, content) => {
    await expect(probeOriginal(await file('svg.png', content), LIMITS)).rejects.toMatchObject({
      kind: 'UnsupportedFormat',
      message: expect.stringContaining('image/svg+xml'),
    });
  });

  it('takes a page that holds an SVG for what it is', async () => {
    const path = await file('page.png', '<!DOCTYPE html><html><svg></svg></html>');
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({ kind: 'NotAnImage' });
  });

  it('refuses what it does not know by name', async () => {
    const path = await file('old.jpg', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]));
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({
      kind: 'UnsupportedFormat',
      message: expect.stringContaining('image/bmp'),
    });
  });

  it('calls a HEIC corrupt that is nothing but its name', async () => {
    const header = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await expect(probeOriginal(await file('heic.jpg', header), LIMITS)).rejects.toMatchObject({
      kind: 'ImageCorrupt',
    });
  });

  it('knows an AVIF whose container does not say which it is', async () => {
    const bytes = await picture({ widthPx: 120, heightPx: 80, format: 'avif' });
    bytes.write('mif1', 8, 'latin1');
    const probed = await probeOriginal(await file('either.heif', bytes), LIMITS);
    expect(probed.mediaType).toBe('image/avif');
  });

  it('counts the pixels of every frame', async () => {
    const colors = Array.from({ length: 30 }, (_, index) => `rgb(${index * 8}, 90, 200)`);
    const bytes = await moving({ widthPx: 200, heightPx: 200, format: 'webp', colors });
    await expect(probeOriginal(await file('film.webp', bytes), LIMITS)).rejects.toMatchObject({
      kind: 'TooManyPixels',
      message: 'The animation has 30 frames of 200 x 200 pixels, the limit is 1 megapixels.',
    });
  });

  it('refuses a film of more than a thousand frames, however small', async () => {
    const colors = Array.from({ length: 1001 }, (_, index) => `rgb(${index % 256}, 90, 200)`);
    const bytes = await moving({ widthPx: 4, heightPx: 4, format: 'webp', colors });
    await expect(probeOriginal(await file('long.webp', bytes), LIMITS)).rejects.toMatchObject({
      kind: 'TooManyPixels',
      message: 'The animation has more than 1,000 frames, which is the limit.',
    });
  });

  it('refuses too many pixels before it decodes any, with both figures', async () => {
    const bytes = await picture({ widthPx: 2000, heightPx: 1500 });
    await expect(probeOriginal(await file('wide.jpg', bytes), LIMITS)).rejects.toMatchObject({
      kind: 'TooManyPixels',
      message: 'The image has 2,000 x 1,500 pixels, the limit is 1 megapixels.',
    });
  });

  it('refuses a file that is too large before it reads it, with both figures', async () => {
    const path = await file('large.jpg', '');
    await truncate(path, 3_000_000_000);
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({
      kind: 'FileTooLarge',
      message: 'The file has 3,000,000,000 bytes, the limit is 1,000,000 bytes.',
    });
  });

  it('calls an image corrupt whose header ends early', async () => {
    const path = await file('stub.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    await expect(probeOriginal(path, LIMITS)).rejects.toMatchObject({ kind: 'ImageCorrupt' });
  });
});
