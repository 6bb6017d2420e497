import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTier } from '../../src/imaging/encode.js';
import type { PrepareOutput } from '../../src/imaging/encoder-jobs.js';
import { prepareOriginal } from '../../src/imaging/master.js';
import { colorDifference, numbersOf } from '../support/compare.js';
import { moving, picture } from '../support/pictures.js';

const WEBP = { format: 'webp', quality: 80, effort: 2 } as const;
const AVIF = { format: 'avif', quality: 62, effort: 0, chromaSubsampling: '4:2:0' } as const;

const SIZE = { widthPx: 240, heightPx: 120 };
const COLORS = ['red', 'lime', 'blue', 'yellow'];
const TIMES = { delaysMs: [100, 20, 3000, 70], loop: 3 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'animation-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function prepare(bytes: Buffer, maxMasterWidthPx = 1920): Promise<PrepareOutput> {
  const path = join(folder, `original-${files++}`);
  await writeFile(path, bytes);
  return prepareOriginal({
    originalPath: path,
    limits: { maxMegapixels: 50, maxFileBytes: 50_000_000 },
    maxMasterWidthPx,
    masterPath: `${path}.pixels`,
    previewPath: `${path}.preview.jpg`,
  });
}

async function encode({ master }: PrepareOutput, widthPx: number): Promise<Buffer> {
  const path = `${master.path}-${widthPx}.webp`;
  const [file] = await encodeTier({ master, widthPx, outputs: [{ settings: WEBP, path }] });
  const bytes = await readFile(path);
  expect(file).toMatchObject({ format: 'webp', sizeBytes: bytes.length });
  return bytes;
}

/** A pixel of every frame. */
async function pixelOfFrames(webp: Buffer, left: number, top: number): Promise<number[][]> {
  const { pages = 1 } = await sharp(webp).metadata();
  return Promise.all(
    Array.from({ length: pages }, async (_, page) => {
      const frame = sharp(webp, { page }).removeAlpha();
      return [...(await frame.extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
    }),
  );
}

describe.each(['gif', 'webp'] as const)('an animated %s', (format) => {
  const film = () => moving({ ...SIZE, ...TIMES, format, colors: COLORS });

  it.each([240, 100])('becomes an animated WebP %i px wide with its times', async (widthPx) => {
    const prepared = await prepare(await film());
    expect(prepared.facts).toMatchObject({ ...SIZE, mediaType: `image/${format}`, animated: true });
    expect(prepared.master).toMatchObject({ ...SIZE, animation: { frames: 4, ...TIMES } });
    const { width, height, pages, delay, loop } = await sharp(
      await encode(prepared, widthPx),
    ).metadata();
    expect({ width, height, pages }).toEqual({ width: widthPx, height: widthPx / 2, pages: 4 });
    expect({ delaysMs: delay, loop }).toEqual(TIMES);
  });

  it('shows in every frame what the original shows', async () => {
    const bytes = await film();
    const small = await encode(await prepare(bytes), 120);
    for (const page of COLORS.keys()) {
      const frame = await sharp(small, { page }).png().toBuffer();
      const want = await sharp(bytes, { page }).resize(120).png().toBuffer();
      const difference = colorDifference(
        { rgb: await numbersOf(frame), space: 'srgb' },
        { rgb: await numbersOf(want), space: 'srgb' },
      );
      expect(difference).toBeLessThan(2);
    }
  });

  it('looks at a glance like its first frame', async () => {
    const prepared = await prepare(await film());
    expect(prepared.facts.colors.map(({ hex }) => hex).sort()).toEqual(['#000000', '#ff0000']);
    expect(prepared.facts.brightness).toBeCloseTo(0.106, 2);
    const preview = await sharp(prepared.master.path.replace('.pixels', '.preview.jpg')).metadata();
    expect(preview).toMatchObject({ format: 'jpeg', width: 240, height: 120 });
  });

  it('is as wide as asked, and never enlarged', async () => {
    expect((await prepare(await film(), 60)).master).toMatchObject({ widthPx: 60, heightPx: 30 });
    const { width } = await sharp(await encode(await prepare(await film()), 2000)).metadata();
    expect(width).toBe(240);
  });

  it('gives the same bytes every time, without metadata', async () => {
    const [once, again] = [await prepare(await film()), await prepare(await film())];
    const bytes = await encode(once, 100);
    expect(await encode(again, 100)).toEqual(bytes);
    const metadata = await sharp(bytes).metadata();
    for (const block of ['exif', 'xmp', 'icc']) expect(metadata).not.toHaveProperty(block);
  });

  it('is corrupt when it is cut off, wherever', async () => {
    const whole = await film();
    for (const length of [whole.length >> 1, whole.length - 20, whole.length - 3]) {
      await expect(prepare(whole.subarray(0, length))).rejects.toMatchObject({
        kind: 'ImageCorrupt',
      });
    }
  });

  it('of one frame is a picture like any other', async () => {
    const still = await prepare(await moving({ ...SIZE, format, colors: ['red'] }));
    expect(still.facts.animated).toBe(false);
    expect(still.master).not.toHaveProperty('animation');
  });
});

describe('an animation', () => {
  it('keeps the colours of a frame out of its neighbours', async () => {
    const colors = ['white', 'black', 'white', 'black'];
    const bytes = await moving({ ...SIZE, format: 'webp', colors });
    const prepared = await prepare(bytes, 80);
    const stack = await readFile(prepared.master.path);
    const rowAt = (row: number) => stack[(row * 80 + 79) * 3];
    expect([0, 39, 40, 79, 80].map(rowAt)).toEqual([255, 255, 0, 0, 255]);
    const small = await encode(await prepare(bytes), 80);
    const edges = [...(await pixelOfFrames(small, 60, 0)), ...(await pixelOfFrames(small, 60, 39))];
    for (const [index, [red = -1]] of edges.entries()) {
      expect(Math.abs(red - (index % 2 === 0 ? 255 : 0))).toBeLessThan(4);
    }
  });

  it('has its orientation baked into every frame', async () => {
    const bytes = await moving({ ...SIZE, format: 'webp', colors: COLORS, orientation: 6 });
    const prepared = await prepare(bytes);
    expect(prepared.facts).toMatchObject({ widthPx: 120, heightPx: 240 });
    expect(prepared.master).toMatchObject({ widthPx: 120, heightPx: 240 });
    // What was the black left half is on top.
    const webp = await encode(prepared, 120);
    const bright = (frames: number[][]) => frames.map((rgb) => Math.max(...rgb) > 127);
    expect(bright(await pixelOfFrames(webp, 60, 20))).toEqual([false, false, false, false]);
    expect(bright(await pixelOfFrames(webp, 60, 220))).toEqual([true, true, true, true]);
  });

  it('keeps its transparency', async () => {
    const still = { widthPx: 100, heightPx: 60, format: 'webp', alpha: 'fading' } as const;
    const frames = await Promise.all([1, 2].map((seed) => picture({ ...still, seed })));
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    const prepared = await prepare(bytes);
    expect(prepared.master).toMatchObject({ channels: 4, heightPx: 60 });
    const { data, info } = await sharp(await encode(prepared, 50), { page: 1 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(4);
    expect(Math.abs((data[(15 * 50 + 25) * 4 + 3] ?? 0) - 128)).toBeLessThan(8);
  });

  it('is never encoded as AVIF', async () => {
    const { master } = await prepare(await moving({ ...SIZE, format: 'gif', colors: COLORS }));
    const outputs = [{ settings: AVIF, path: join(folder, 'film.avif') }];
    await expect(encodeTier({ master, widthPx: 100, outputs })).rejects.toThrow('WebP only');
  });

  it('takes a GIF that lacks nothing but its trailer', async () => {
    const whole = await moving({ ...SIZE, format: 'gif', colors: COLORS });
    expect(whole.at(-1)).toBe(0x3b);
    const prepared = await prepare(whole.subarray(0, -1));
    expect(prepared.master.animation?.frames).toBe(4);
  });
});
