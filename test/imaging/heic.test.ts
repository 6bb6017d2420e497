import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ColorSpace } from '../../src/domain/recipe.js';
import type { PrepareOutput } from '../../src/imaging/encoder-jobs.js';
import { decodeHeic } from '../../src/imaging/heic.js';
import { prepareOriginal } from '../../src/imaging/master.js';
import { similarity } from '../support/compare.js';

/** A telephone's photograph, 4032 x 3024 in Display P3; the project does not need it. */
const PHOTO = '/work/shared/formats/IMG_2682.heic';
const LIMITS = { maxMegapixels: 50, maxFileBytes: 50_000_000 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heic-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function prepare(
  bytes: Buffer,
  options: { maxMasterWidthPx?: number; colorSpace?: ColorSpace; maxMegapixels?: number } = {},
): Promise<PrepareOutput> {
  const { maxMasterWidthPx = 400, maxMegapixels = 50, colorSpace = 'srgb' } = options;
  const path = join(folder, `original-${files++}`);
  await writeFile(path, bytes);
  return prepareOriginal({
    originalPath: path,
    limits: { ...LIMITS, maxMegapixels },
    maxMasterWidthPx,
    masterPath: `${path}.pixels`,
    previewPath: `${path}.preview.jpg`,
    colorSpace,
  });
}

async function masterAsPng({ master }: PrepareOutput): Promise<Buffer> {
  const { widthPx: width, heightPx: height, channels } = master;
  const data = await readFile(master.path);
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

describe.runIf(existsSync(PHOTO))('a HEIC', () => {
  let photo: Buffer;
  let prepared: PrepareOutput;
  beforeAll(async () => {
    photo = await readFile(PHOTO);
    prepared = await prepare(photo);
  });

  it('is prepared like any other original', () => {
    expect(prepared.facts).toMatchObject({
      mediaType: 'image/heic',
      widthPx: 4032,
      heightPx: 3024,
      animated: false,
      camera: { make: 'Apple' },
    });
    expect(prepared.master).toMatchObject({ widthPx: 400, heightPx: 300, channels: 3 });
  });

  it('shows what was photographed', async () => {
    // Blue slats; a black tube on the right; light wood below on the left.
    const png = await masterAsPng(prepared);
    const colorAt = async (left: number, top: number) => {
      const spot = sharp(png).extract({ left, top, width: 8, height: 8 }).resize(1, 1);
      return [...(await spot.raw().toBuffer())];
    };
    const [red = 0, , blue = 0] = await colorAt(70, 76);
    expect(blue - red).toBeGreaterThan(60);
    expect(Math.max(...(await colorAt(358, 195)))).toBeLessThan(60);
    const [warm = 0, , cold = 0] = await colorAt(20, 280);
    expect(warm - cold).toBeGreaterThan(20);
  });

  it('gives the same pixels every time', async () => {
    const again = await prepare(photo);
    expect(again.facts).toEqual(prepared.facts);
    expect(await readFile(again.master.path)).toEqual(await readFile(prepared.master.path));
  });

  it('is turned once, as its boxes say, whatever its EXIF block repeats', async () => {
    const turned = Buffer.from(photo);
    const angle = turned.indexOf('irot') + 4;
    expect(turned[angle]).toBe(0);
    turned[angle] = 1;
    const exif = Buffer.from('0112000300000001', 'hex');
    turned.writeUInt16BE(8, turned.indexOf(exif) + exif.length);
    const upright = await prepare(turned, { maxMasterWidthPx: 300 });
    expect(upright.facts).toMatchObject({ widthPx: 3024, heightPx: 4032 });
    const want = await sharp(await masterAsPng(prepared))
      .rotate(270)
      .png()
      .toBuffer();
    expect(await similarity(await masterAsPng(upright), want)).toBeGreaterThan(0.95);
  });

  it('keeps Display P3 when asked', async () => {
    expect(prepared.master).not.toHaveProperty('colorSpace');
    const wide = await prepare(photo, { colorSpace: 'p3' });
    expect(wide.master.colorSpace).toBe('p3');
    expect(wide.facts.brightness).toBeCloseTo(prepared.facts.brightness, 1);
  });

  it('with too many pixels is refused by its header', async () => {
    await expect(prepare(photo, { maxMegapixels: 12 })).rejects.toMatchObject({
      kind: 'TooManyPixels',
      message: 'The image has 4,032 x 3,024 pixels, the limit is 12 megapixels.',
    });
  });

  it('is corrupt when it is cut off, wherever', async () => {
    for (const length of [6000, photo.length >> 1, photo.length - 20]) {
      await expect(prepare(photo.subarray(0, length))).rejects.toMatchObject({
        kind: 'ImageCorrupt',
      });
    }
  });

  it('is corrupt when its header says another size than its picture has', async () => {
    const original = { bytes: photo, widthPx: 40, heightPx: 30, profile: undefined };
    await expect(decodeHeic(original, LIMITS)).rejects.toMatchObject({
      kind: 'ImageCorrupt',
      message: expect.stringContaining('header says 40 x 30, its picture 4032 x 3024'),
    });
  });
});

describe('the HEIC decoder', () => {
  const original = { bytes: Buffer.alloc(64), widthPx: 8, heightPx: 8, profile: undefined };

  it('says what to install when it is not there', async () => {
    await expect(decodeHeic(original, LIMITS, 'libheif-nowhere')).rejects.toMatchObject({
      kind: 'UnsupportedFormat',
      message: 'HEIC needs one more package: npm install libheif-nowhere',
    });
  });

  it('calls what is no HEIC corrupt', async () => {
    await expect(decodeHeic(original, LIMITS)).rejects.toMatchObject({ kind: 'ImageCorrupt' });
  });

  it('blames no image for a package that is broken', async () => {
    const decoder = await packageWith('broken', `throw new Error('half installed');`);
    await expect(decodeHeic(original, LIMITS, decoder)).rejects.toMatchObject({
      kind: 'Unexpected',
      message: 'The HEIC decoder failed: half installed.',
    });
  });

  it('leaves its process free to hear that nobody waits any more', async () => {
    const begun = join(folder, 'begun');
    const decoder = await packageWith(
      'endless',
      `require('node:fs').writeFileSync(${JSON.stringify(begun)}, ''); for (;;);`,
    );
    const program = join(folder, 'program.mjs');
    const heic = new URL('../../dist/imaging/heic.js', import.meta.url).href;
    await writeFile(
      program,
      `import { decodeHeic } from '${heic}';
      process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
      await decodeHeic({ bytes: Buffer.alloc(64), widthPx: 8, heightPx: 8 },
        ${JSON.stringify(LIMITS)}, '${decoder}');`,
    );
    const child = fork(program, { execArgv: [] });
    const exit = once(child, 'exit');
    try {
      await vi.waitUntil(
        () =>
          access(begun).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      );
      child.disconnect();
      expect(await exit).toEqual([null, 'SIGKILL']);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** A package of one file, by the address that stands for its name. */
async function packageWith(name: string, source: string): Promise<string> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'wasm-bundle.js'), source);
  return pathToFileURL(join(folder, name)).href;
}
