import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import { encodeTier } from '../../src/imaging/encode.js';
import type { EncodedFile, PixelFile } from '../../src/imaging/encoder-jobs.js';
import { similarity } from '../support/compare.js';
import { pixels, type Picture } from '../support/pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encode-'));
});
afterAll(() => rm(folder, { recursive: true }));

const PHOTO = { widthPx: 900, heightPx: 600 };

async function master(options: Picture): Promise<PixelFile> {
  const path = join(folder, `master-${options.alpha ?? 'rgb'}`);
  await writeFile(path, await pixels(options).raw().toBuffer());
  const { widthPx, heightPx } = options;
  return { path, widthPx, heightPx, channels: options.alpha === undefined ? 3 : 4 };
}

async function encode(source: PixelFile, widthPx: number): Promise<EncodedFile[]> {
  const outputs = DEFAULT_RECIPE.formats.map((settings) => ({
    settings,
    path: join(folder, `${widthPx}.${settings.format}`),
  }));
  return encodeTier({ master: source, widthPx, outputs });
}

describe('encoding a tier', () => {
  it('looks in every format like the original resized at once', async () => {
    const source = await master(PHOTO);
    const reference = await pixels(PHOTO).resize(450).png().toBuffer();
    const files = await encode(source, 450);
    expect(files.map(({ format }) => format)).toEqual(['webp', 'avif']);
    for (const { path } of files) {
      expect(await similarity(await readFile(path), reference)).toBeGreaterThan(0.93);
    }
  });

  it('says truly what it wrote', async () => {
    for (const file of await encode(await master(PHOTO), 300)) {
      const bytes = await readFile(file.path);
      expect(file.sizeBytes).toBe(bytes.length);
      expect(file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      const { width, height, format, compression } = await sharp(bytes).metadata();
      expect({ width, height }).toEqual({ width: 300, height: 200 });
      expect(file).toMatchObject({ widthPx: 300, heightPx: 200 });
      expect(format === 'heif' ? compression : format).toBe(
        file.format === 'avif' ? 'av1' : 'webp',
      );
    }
  });

  it('blames no image when the master is gone, still or moving', async () => {
    const gone = { ...(await master(PHOTO)), path: join(folder, 'gone') };
    const animation = { frames: 2, delaysMs: [100, 100], loop: 0 };
    for (const source of [gone, { ...gone, animation }]) {
      const failure = { kind: 'StorageUnavailable', message: expect.stringMatching(/made again/) };
      await expect(encode(source, 300)).rejects.toMatchObject(failure);
    }
  });

  it('gives the same bytes every time', async () => {
    const source = await master(PHOTO);
    const once = await encode(source, 450);
    expect(await encode(source, 450)).toEqual(once);
  });

  it('leaves no metadata in its output', async () => {
    for (const { path } of await encode(await master(PHOTO), 450)) {
      const metadata = await sharp(await readFile(path)).metadata();
      for (const block of ['exif', 'xmp', 'iptc', 'icc', 'orientation']) {
        expect(metadata).not.toHaveProperty(block);
      }
    }
  });

  it('keeps transparency in every format', async () => {
    const source = await master({ ...PHOTO, alpha: 'fading' });
    for (const { path } of await encode(source, 450)) {
      const { data, info } = await sharp(await readFile(path))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info.channels).toBe(4);
      expect(Math.abs((data[(150 * 450 + 225) * 4 + 3] ?? 0) - 128)).toBeLessThan(6);
    }
  });

  it('never enlarges', async () => {
    const [file] = await encode(await master(PHOTO), 2000);
    expect(file).toMatchObject({ widthPx: 900, heightPx: 600 });
  });

  it('obeys the quality of the recipe', async () => {
    const source = await master(PHOTO);
    const sizeAt = async (quality: number) => {
      const path = join(folder, 'quality.webp');
      const settings = { format: 'webp', quality, effort: 2 } as const;
      const [file] = await encodeTier({
        master: source,
        widthPx: 900,
        outputs: [{ settings, path }],
      });
      return file?.sizeBytes ?? 0;
    };
    expect(await sizeAt(40)).toBeLessThan((await sizeAt(90)) / 2);
  });
});
