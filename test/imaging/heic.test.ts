import { fork } from 'node:child_process';
import { once } from 'node:events';
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
import { pixels } from '../support/pictures.js';

/** 320 x 240 in Display P3; fixtures/README.md says what it shows and how it was made. */
const HILL = new URL('fixtures/hill.heic', import.meta.url);
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

describe('a HEIC', () => {
  let photo: Buffer;
  let prepared: PrepareOutput;
  beforeAll(async () => {
    photo = await readFile(HILL);
    prepared = await prepare(photo);
  });

  it('is prepared like any other original', () => {
    expect(prepared.facts).toMatchObject({
      mediaType: 'image/heic',
      widthPx: 320,
      heightPx: 240,
      animated: false,
      camera: { make: 'Darkroom' },
    });
    expect(prepared.master).toMatchObject({ widthPx: 320, heightPx: 240, channels: 3 });
  });

  it('shows what was painted', async () => {
    const painted = await pixels({ widthPx: 320, heightPx: 240, seed: 5 }).blur(1).png().toBuffer();
    expect(await similarity(await masterAsPng(prepared), painted)).toBeGreaterThan(0.95);
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
    const exif = Buffer.from('1201030001000000', 'hex');
    turned.writeUInt16LE(8, turned.indexOf(exif) + exif.length);
    const upright = await prepare(turned);
    expect(upright.facts).toMatchObject({ widthPx: 240, heightPx: 320 });
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
    await expect(prepare(photo, { maxMegapixels: 0.05 })).rejects.toMatchObject({
      kind: 'TooManyPixels',
      message: 'The image has 320 x 240 pixels, the limit is 0.05 megapixels.',
    });
  });

  it('is corrupt when it is cut off, wherever', async () => {
    for (const length of [1200, photo.length >> 1, photo.length - 20]) {
      await expect(prepare(photo.subarray(0, length))).rejects.toMatchObject({
        kind: 'ImageCorrupt',
      });
    }
  });

  it('is corrupt when its header says another size than its picture has', async () => {
    const original = { bytes: photo, widthPx: 40, heightPx: 30, profile: undefined };
    await expect(decodeHeic(original, LIMITS)).rejects.toMatchObject({
      kind: 'ImageCorrupt',
      message: expect.stringContaining('header says 40 x 30, its picture 320 x 240'),
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
