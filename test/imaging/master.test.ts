import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { thumbHashToApproximateAspectRatio, thumbHashToRGBA } from 'thumbhash';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrepareOutput } from '../../src/imaging/encoder-jobs.js';
import { prepareOriginal } from '../../src/imaging/master.js';
import { similarity } from '../support/compare.js';
import { picture, pixels, quarters } from '../support/pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'master-'));
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

/** The master as a PNG, so that it can be compared with anything. */
async function masterAsPng({ master }: PrepareOutput): Promise<Buffer> {
  const { widthPx: width, heightPx: height, channels } = master;
  const data = await readFile(master.path);
  expect(data).toHaveLength(width * height * channels);
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

async function pixelAt(png: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(png).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
}

describe('the working master', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has orientation %i baked in', async (orientation) => {
    const prepared = await prepare(await quarters(orientation, 120, 80));
    const [widthPx, heightPx] = orientation >= 5 ? [80, 120] : [120, 80];
    expect(prepared.facts).toMatchObject({ widthPx, heightPx });
    expect(prepared.master).toMatchObject({ widthPx, heightPx, channels: 3 });
    const png = await masterAsPng(prepared);
    const corner = async (x: number, y: number) =>
      (await pixelAt(png, x, y)).map((value) => (value > 127 ? 1 : 0));
    expect(await corner(5, 5)).toEqual([1, 0, 0]);
    expect(await corner(widthPx - 5, 5)).toEqual([0, 1, 0]);
    expect(await corner(5, heightPx - 5)).toEqual([0, 0, 1]);
    expect(await corner(widthPx - 5, heightPx - 5)).toEqual([1, 1, 1]);
  });

  it('is as wide as asked, while the facts keep the size of the original', async () => {
    const prepared = await prepare(await picture({ widthPx: 1200, heightPx: 900 }), 400);
    expect(prepared.master).toMatchObject({ widthPx: 400, heightPx: 300 });
    expect(prepared.facts).toMatchObject({ widthPx: 1200, heightPx: 900 });
  });

  it('is never enlarged', async () => {
    const prepared = await prepare(await picture({ widthPx: 300, heightPx: 200 }));
    expect(prepared.master).toMatchObject({ widthPx: 300, heightPx: 200 });
  });

  it('is narrower when the picture is taller than any format can hold', async () => {
    const tall = await picture({ widthPx: 100, heightPx: 32_766, format: 'png' });
    const prepared = await prepare(tall);
    expect(prepared.master).toMatchObject({ widthPx: 50, heightPx: 16_383 });
  });

  it.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)(
    'shows what the %s shows',
    async (format) => {
      const bytes = await picture({ widthPx: 600, heightPx: 400, format });
      const prepared = await prepare(bytes);
      expect(prepared.facts.mediaType).toBe(`image/${format}`);
      expect(await similarity(await masterAsPng(prepared), bytes)).toBeGreaterThan(0.999);
    },
  );

  it('keeps transparency', async () => {
    const bytes = await picture({ widthPx: 200, heightPx: 100, format: 'png', alpha: 'fading' });
    const prepared = await prepare(bytes);
    expect(prepared.master.channels).toBe(4);
    const png = await masterAsPng(prepared);
    expect((await pixelAt(png, 150, 50))[3]).toBe(64);
  });

  it('drops an alpha channel that is opaque all over', async () => {
    const bytes = await picture({ widthPx: 200, heightPx: 100, format: 'png', alpha: 'opaque' });
    const prepared = await prepare(bytes);
    expect(prepared.master.channels).toBe(3);
    expect(await similarity(await masterAsPng(prepared), bytes)).toBe(1);
  });

  it('is sRGB, whatever profile the original has', async () => {
    const source = pixels({ widthPx: 300, heightPx: 200 });
    const srgb = await source.clone().png().toBuffer();
    const wide = await source.clone().withIccProfile('p3').png().toBuffer();
    const prepared = await masterAsPng(await prepare(wide));
    const [want = [], got = [], unconverted = []] = await Promise.all(
      [srgb, prepared, await sharp(wide, { ignoreIcc: true }).png().toBuffer()].map((png) =>
        pixelAt(png, 250, 30),
      ),
    );
    for (const [channel, value] of want.entries()) {
      expect(Math.abs(value - (got[channel] ?? 0))).toBeLessThanOrEqual(3);
    }
    expect(Math.abs((want[0] ?? 0) - (unconverted[0] ?? 0))).toBeGreaterThan(3);
  });

  it.each([
    ['grey', () => pixels({ widthPx: 90, heightPx: 60 }).toColourspace('b-w').png()],
    ['16 bit', () => pixels({ widthPx: 90, heightPx: 60 }).toColourspace('rgb16').png()],
    ['CMYK', () => pixels({ widthPx: 90, heightPx: 60 }).toColourspace('cmyk').jpeg()],
    ['palette', () => pixels({ widthPx: 90, heightPx: 60 }).png({ palette: true })],
  ])('of a %s original has 8-bit RGB pixels', async (_kind, make) => {
    const prepared = await prepare(await make().toBuffer());
    expect(prepared.master).toMatchObject({ widthPx: 90, heightPx: 60, channels: 3 });
    await masterAsPng(prepared);
  });

  it('has the orientation of a TIFF baked in', async () => {
    const options = { widthPx: 120, heightPx: 80, format: 'tiff' } as const;
    const prepared = await prepare(await picture({ ...options, orientation: 6 }));
    expect(prepared.facts).toMatchObject({ widthPx: 80, heightPx: 120 });
    const turned = await pixels(options).rotate(90).png().toBuffer();
    expect(await similarity(await masterAsPng(prepared), turned)).toBe(1);
  });

  it('of a TIFF with several pages shows the first', async () => {
    const pages = await Promise.all(
      [1, 2].map((seed) => pixels({ widthPx: 90, heightPx: 60, seed }).png().toBuffer()),
    );
    const tiff = await sharp(pages, { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    expect((await sharp(tiff).metadata()).pages).toBe(2);
    const prepared = await prepare(tiff);
    expect(prepared.facts).toMatchObject({ mediaType: 'image/tiff', animated: false });
    expect(prepared.master).not.toHaveProperty('animation');
    const [first = Buffer.alloc(0)] = pages;
    expect(await similarity(await masterAsPng(prepared), first)).toBe(1);
  });

  it('leaves no temporary file beside it', async () => {
    await prepare(await picture({ widthPx: 60, heightPx: 40 }));
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

describe('a damaged original', () => {
  it.each(['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const)(
    'of type %s is refused, cut in half or short of its last bytes',
    async (format) => {
      const whole = await picture({ widthPx: 800, heightPx: 600, format });
      for (const length of [whole.length >> 1, whole.length - 20]) {
        await expect(prepare(whole.subarray(0, length))).rejects.toMatchObject({
          kind: 'ImageCorrupt',
        });
      }
    },
  );

  it.each(['png', 'avif'] as const)(
    'of type %s with other bytes inside is refused',
    async (format) => {
      const damaged = await picture({ widthPx: 800, heightPx: 600, format });
      const middle = damaged.length >> 1;
      for (let at = 0; at < 400; at++) damaged[middle + at] = (at * 37) & 255;
      await expect(prepare(damaged)).rejects.toMatchObject({ kind: 'ImageCorrupt' });
    },
  );

  it('is not what a JPEG with bytes behind its end is', async () => {
    const whole = await picture({ widthPx: 80, heightPx: 60 });
    const prepared = await prepare(Buffer.concat([whole, Buffer.from('a maker note')]));
    expect(prepared.master).toMatchObject({ widthPx: 80, heightPx: 60 });
  });
});

describe('what is learned from an original', () => {
  it('has a placeholder that decodes to the shape of the picture', async () => {
    const { facts } = await prepare(await picture({ widthPx: 600, heightPx: 300 }));
    const hash = Buffer.from(facts.placeholder, 'base64');
    expect(thumbHashToApproximateAspectRatio(hash)).toBeCloseTo(2, 0);
    expect(thumbHashToRGBA(hash).w).toBe(32);
  });

  it('has the dominant colours, most first', async () => {
    const bytes = await quarters(1, 200, 200);
    const { colors } = (await prepare(bytes)).facts;
    expect(colors.map(({ hex }) => hex).sort()).toHaveLength(4);
    for (const { share } of colors) expect(share).toBeCloseTo(0.25, 1);
    expect((await prepare(bytes)).facts.colors).toEqual(colors);
  });

  it('has a brightness from black to white', async () => {
    const plain = (background: string) =>
      sharp({ create: { width: 50, height: 50, channels: 3, background } })
        .png()
        .toBuffer();
    expect((await prepare(await plain('black'))).facts.brightness).toBe(0);
    expect((await prepare(await plain('white'))).facts.brightness).toBe(1);
    expect((await prepare(await plain('#808080'))).facts.brightness).toBeCloseTo(0.5, 2);
  });

  it('has a JPEG preview of at most 512 px', async () => {
    const bytes = await picture({ widthPx: 600, heightPx: 1200, format: 'png', alpha: 'fading' });
    const prepared = await prepare(bytes);
    const preview = await readFile(prepared.master.path.replace('.pixels', '.preview.jpg'));
    expect(preview).toHaveLength(prepared.previewBytes);
    const { format, width, height, exif } = await sharp(preview).metadata();
    expect({ format, width, height, exif }).toEqual({ format: 'jpeg', width: 256, height: 512 });
  });

  it('has what the camera wrote, and never where or with whose camera', async () => {
    const bytes = await pixels({ widthPx: 60, heightPx: 40 })
      .withExif({
        IFD0: { Make: 'Darkroom', Model: 'Paintbox 1' },
        IFD2: {
          LensModel: '35mm F2',
          DateTimeOriginal: '2024:05:17 18:30:05',
          OffsetTimeOriginal: '+02:00',
          ExposureTime: '1/250',
          FNumber: '28/10',
          ISOSpeedRatings: '400',
          FocalLength: '35/1',
          BodySerialNumber: 'SERIAL-4711',
          LensSerialNumber: 'SERIAL-4712',
        },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .jpeg()
      .toBuffer();
    const { facts } = await prepare(bytes);
    expect(facts.camera).toEqual({
      make: 'Darkroom',
      model: 'Paintbox 1',
      lens: '35mm F2',
      takenAt: '2024-05-17T18:30:05+02:00',
      exposureSeconds: 0.004,
      aperture: 2.8,
      iso: 400,
      focalLengthMm: 35,
    });
    expect(JSON.stringify(facts)).not.toMatch(/gps|latitude|serial/i);
  });

  it('has nothing of the camera when its EXIF block is broken', async () => {
    const bytes = await pixels({ widthPx: 60, heightPx: 40 })
      .withExif({ IFD0: { Make: 'Darkroom', Model: 'Paintbox 1' } })
      .jpeg()
      .toBuffer();
    const block = bytes.indexOf('Exif\0\0');
    bytes.fill(0xff, block + 6, block + 16);
    const { facts } = await prepare(bytes);
    expect(facts).not.toHaveProperty('camera');
    expect(facts).toMatchObject({ widthPx: 60, heightPx: 40 });
  });
});
