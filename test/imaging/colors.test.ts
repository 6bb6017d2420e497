import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColorSpace } from '../../src/domain/recipe.js';
import { isWiderThanSrgb, p3Profile } from '../../src/imaging/color-profile.js';
import { encodeTier } from '../../src/imaging/encode.js';
import type { PrepareOutput } from '../../src/imaging/encoder-jobs.js';
import { prepareOriginal } from '../../src/imaging/master.js';
import { taggedTiff } from '../../src/imaging/tagged-tiff.js';
import { colorDifference, numbersOf, similarity } from '../support/compare.js';
import { displayProfile, pixels } from '../support/pictures.js';

const SIZE = { widthPx: 300, heightPx: 200 };
const RAW = { width: 300, height: 200 } as const;

/** Adobe RGB (1998), from its specification, adapted to D50. */
const ADOBE = displayProfile(
  {
    r: [0.60974, 0.31111, 0.01947],
    g: [0.20528, 0.62567, 0.06087],
    b: [0.14919, 0.06322, 0.74457],
  },
  2.19921875,
);

let folder: string;
/** Numbers of red, green and blue that each case takes to mean what it wants to test. */
let numbers: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colors-'));
  numbers = await pixels(SIZE).raw().toBuffer();
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function prepare(bytes: Buffer, colorSpace?: ColorSpace): Promise<PrepareOutput> {
  const path = join(folder, `original-${files++}`);
  await writeFile(path, bytes);
  return prepareOriginal({
    originalPath: path,
    limits: { maxMegapixels: 50, maxFileBytes: 50_000_000 },
    maxMasterWidthPx: 1920,
    masterPath: `${path}.pixels`,
    previewPath: `${path}.preview.jpg`,
    ...(colorSpace && { colorSpace }),
  });
}

async function asPng(rgb: Buffer): Promise<Buffer> {
  return sharp(rgb, { raw: { ...RAW, channels: 3 } })
    .png()
    .toBuffer();
}

function deep(from: Uint8Array): Uint16Array {
  return Uint16Array.from(from, (value) => value * 257);
}

describe('the working master in sRGB', () => {
  it.each([
    ['PNG', (image: Sharp) => image.png()],
    ['TIFF', (image: Sharp) => image.tiff({ compression: 'lzw' })],
  ])('has the colours of a 16-bit %s, with a profile and without', async (_name, write) => {
    const deepPixels = () =>
      sharp(deep(numbers), { raw: { ...RAW, channels: 3 } }).toColourspace('rgb16');
    const plain = await prepare(await write(deepPixels()).toBuffer());
    expect(await readFile(plain.master.path)).toEqual(numbers);

    // sharp takes 16-bit numbers for Display P3, so this writes them as they are, with the profile.
    const original = await write(deepPixels().withIccProfile('p3')).toBuffer();
    expect(await sharp(original).metadata()).toMatchObject({ depth: 'ushort', hasProfile: true });
    const { master } = await prepare(original);
    const rgb = await readFile(master.path);
    const got = { rgb, space: 'srgb' } as const;
    expect(colorDifference(got, { rgb: numbers, space: 'p3' })).toBeLessThan(1);
    expect(colorDifference(got, { rgb: numbers, space: 'srgb' })).toBeGreaterThan(2);
  });

  it('has the colours of a 16-bit PNG with the sRGB profile', async () => {
    const original = await sharp(deep(numbers), { raw: { ...RAW, channels: 3 } })
      .toColourspace('rgb16')
      .withIccProfile('srgb')
      .png()
      .toBuffer();
    const { master } = await prepare(original);
    const got = await readFile(master.path);
    const stored = await numbersOf(original);
    const difference = colorDifference({ rgb: got, space: 'srgb' }, { rgb: stored, space: 'srgb' });
    expect(difference).toBeLessThan(0.5);
    expect(await similarity(await asPng(got), await asPng(stored))).toBeGreaterThan(0.995);
  });

  it.each([
    ['8-bit grey PNG', 1, 8, 'png'],
    ['16-bit grey PNG', 1, 16, 'png'],
    ['8-bit grey TIFF', 1, 8, 'tiff'],
    ['16-bit grey TIFF', 1, 16, 'tiff'],
    ['8-bit grey PNG with alpha', 2, 8, 'png'],
    ['16-bit grey PNG with alpha', 2, 16, 'png'],
  ] as const)('has the tones of a %s', async (_name, channels, bits, format) => {
    // Every second number is alpha where there is one, and every tone comes thrice as RGB.
    const tones = numbers.subarray(0, RAW.width * RAW.height * channels);
    const data = bits === 16 ? deep(tones) : tones;
    const original = sharp(data, { raw: { ...RAW, channels } }).toColourspace(
      bits === 16 ? 'grey16' : 'b-w',
    );
    const { master } = await prepare(
      await original.toFormat(format, { compression: 'lzw' }).toBuffer(),
    );
    const got = await readFile(master.path);
    expect(master.channels).toBe(channels + 2);
    let worst = 0;
    for (let at = 0; at < got.length; at++) {
      const [pixel, channel] = [Math.floor(at / master.channels), at % master.channels];
      const want = tones[pixel * channels + (channel === 3 ? 1 : 0)] ?? 0;
      worst = Math.max(worst, Math.abs((got[at] ?? 0) - want));
    }
    expect(worst).toBeLessThanOrEqual(1);
  });

  it.each([
    ['JPEG as Adobe writes it, inverted', (image: Sharp) => image.jpeg({ quality: 95 })],
    ['JPEG with a profile', (image: Sharp) => image.withIccProfile('cmyk').jpeg({ quality: 95 })],
    [
      'TIFF with a profile',
      (image: Sharp) => image.withIccProfile('cmyk').tiff({ compression: 'lzw' }),
    ],
  ])('has the colours of a CMYK %s', async (_name, write) => {
    // Muted, because inks cannot print what is brighter; even so the way there and back costs a little.
    const muted = await pixels(SIZE).modulate({ saturation: 0.5 }).raw().toBuffer();
    const image = sharp(muted, { raw: { ...RAW, channels: 3 } }).toColourspace('cmyk');
    const original = await write(image).toBuffer();
    expect((await sharp(original).metadata()).space).toBe('cmyk');
    if (_name.includes('Adobe')) expect(original.indexOf('Adobe')).toBeGreaterThan(0);
    const { master } = await prepare(original);
    const got = await readFile(master.path);
    const difference = colorDifference({ rgb: got, space: 'srgb' }, { rgb: muted, space: 'srgb' });
    expect(difference).toBeLessThan(6);
    expect(await similarity(await asPng(got), await asPng(muted))).toBeGreaterThan(0.93);
  });
});

describe('Display P3, when the recipe keeps it', () => {
  const tagged = (profile: Buffer) => taggedTiff({ data: numbers, ...SIZE, channels: 3 }, profile);

  async function variants({ master }: PrepareOutput, widthPx: number): Promise<Buffer[]> {
    const outputs = [
      { format: 'webp', quality: 95, effort: 2 } as const,
      { format: 'avif', quality: 90, effort: 0, chromaSubsampling: '4:4:4' } as const,
    ].map((settings) => ({ settings, path: `${master.path}.${settings.format}` }));
    await encodeTier({ master, widthPx, outputs });
    return Promise.all(outputs.map(({ path }) => readFile(path)));
  }

  it('comes through to the variants, with its profile and nothing else', async () => {
    const prepared = await prepare(tagged(await p3Profile()), 'p3');
    expect(prepared.master.colorSpace).toBe('p3');
    const want = { rgb: numbers, space: 'p3' } as const;
    const got = { rgb: await readFile(prepared.master.path), space: 'p3' } as const;
    expect(colorDifference(got, want)).toBeLessThan(0.5);
    for (const variant of await variants(prepared, 300)) {
      const metadata = await sharp(variant).metadata();
      expect(metadata.icc).toEqual(await p3Profile());
      for (const block of ['exif', 'xmp', 'iptc']) expect(metadata).not.toHaveProperty(block);
      expect(colorDifference({ rgb: await numbersOf(variant), space: 'p3' }, want)).toBeLessThan(4);
      const shown = sharp(numbers, { raw: { ...RAW, channels: 3 } });
      const reference = await shown.png().toBuffer();
      const bare = await asPng(await numbersOf(variant));
      expect(await similarity(bare, reference)).toBeGreaterThan(0.9);
    }
    for (const variant of await variants(prepared, 150)) {
      expect(await sharp(variant).metadata()).toMatchObject({ width: 150, hasProfile: true });
    }
  });

  it('is what other wide profiles become', async () => {
    const { master } = await prepare(tagged(ADOBE), 'p3');
    expect(master.colorSpace).toBe('p3');
    const got = { rgb: await readFile(master.path), space: 'p3' } as const;
    expect(colorDifference(got, { rgb: numbers, space: 'adobe' })).toBeLessThan(1);
  });

  it('holds colours that sRGB cannot', async () => {
    const lime = Buffer.from(Array.from({ length: 60_000 }, () => [0, 255, 0]).flat());
    const original = taggedTiff({ data: lime, ...SIZE, channels: 3 }, await p3Profile());
    const [wide, narrow] = [await prepare(original, 'p3'), await prepare(original)];
    const want = { rgb: lime, space: 'p3' } as const;
    const [inP3, inSrgb] = [await readFile(wide.master.path), await readFile(narrow.master.path)];
    expect(narrow.master).not.toHaveProperty('colorSpace');
    expect(colorDifference({ rgb: inP3, space: 'p3' }, want)).toBeLessThan(0.5);
    expect(colorDifference({ rgb: inSrgb, space: 'srgb' }, want)).toBeGreaterThan(5);
  });

  it('leaves placeholder, colours and preview in sRGB', async () => {
    const original = tagged(await p3Profile());
    const [wide, narrow] = [await prepare(original, 'p3'), await prepare(original)];
    expect(wide.facts.brightness).toBeCloseTo(narrow.facts.brightness, 1);
    const preview = (of: PrepareOutput) =>
      readFile(of.master.path.replace('.pixels', '.preview.jpg'));
    const [fromWide, fromNarrow] = [await preview(wide), await preview(narrow)];
    expect((await sharp(fromWide).metadata()).hasProfile).toBe(false);
    const difference = colorDifference(
      { rgb: await numbersOf(fromWide), space: 'srgb' },
      { rgb: await numbersOf(fromNarrow), space: 'srgb' },
    );
    expect(difference).toBeLessThan(1);
  });

  it.each([
    ['no profile', (image: Sharp) => image],
    ['the sRGB profile', (image: Sharp) => image.withIccProfile('srgb')],
  ])('is not made of an original with %s', async (_name, change) => {
    const original = await change(pixels(SIZE)).png().toBuffer();
    const prepared = await prepare(original, 'p3');
    expect(prepared.master).not.toHaveProperty('colorSpace');
    for (const variant of await variants(prepared, 300)) {
      expect((await sharp(variant).metadata()).hasProfile).toBe(false);
    }
  });

  it('is not made of what a profile says that is cut off', async () => {
    const profile = await p3Profile();
    expect(isWiderThanSrgb(profile)).toBe(true);
    for (const length of [0, 20, 130, 150, 300]) {
      expect(isWiderThanSrgb(profile.subarray(0, length))).toBe(false);
    }
  });
});
