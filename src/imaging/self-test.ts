import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import { DEFAULT_RECIPE } from '../domain/recipes.js';
import { encodeTier } from './encode.js';
import type { PrepareOutput, SelfTestInput, SelfTestOutput } from './encoder-jobs.js';
import { decodeHeic } from './heic.js';
import { isRead, unsafeLoaders } from './loaders.js';
import { prepareOriginal } from './master.js';

const READ = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
const SIZE = { widthPx: 32, heightPx: 24 };
const LIMITS = { maxMegapixels: 1, maxFileBytes: 1_000_000 };

/** Reads and writes one tiny picture of every format, and sees that what is unsafe is refused. */
export async function selfTest({ folder }: SelfTestInput): Promise<SelfTestOutput> {
  const failures: string[] = [];
  let master: PrepareOutput['master'] | undefined;
  for (const format of READ) {
    try {
      master = (await read(format, folder)).master;
    } catch (error) {
      failures.push(`${format} cannot be read: ${(error as Error).message}`);
    }
  }
  if (master !== undefined) failures.push(...(await writeAll(master, folder)));
  const unsafe = await unsafeLoaders();
  // A file that is safe to read from memory, by its path.
  if (master !== undefined && (await isRead(join(folder, 'original.png')))) unsafe.push('paths');
  const { sharp: sharpVersion, vips } = sharp.versions;
  return { sharp: sharpVersion ?? 'unknown', vips, heic: await readsHeic(), failures, unsafe };
}

async function read(format: (typeof READ)[number], folder: string): Promise<PrepareOutput> {
  const { widthPx: width, heightPx: height } = SIZE;
  const painted = sharp({ create: { width, height, channels: 3, background: '#d07a2c' } });
  const originalPath = join(folder, `original.${format}`);
  await writeFile(originalPath, await painted.toFormat(format).toBuffer());
  const prepared = await prepareOriginal({
    originalPath,
    limits: LIMITS,
    maxMasterWidthPx: width,
    masterPath: `${originalPath}.pixels`,
    previewPath: `${originalPath}.preview.jpg`,
  });
  const { mediaType, widthPx, heightPx } = prepared.facts;
  if (mediaType === `image/${format}` && widthPx === width && heightPx === height) return prepared;
  throw new Error(`it was taken for ${mediaType} of ${widthPx} x ${heightPx}`);
}

async function writeAll(master: PrepareOutput['master'], folder: string): Promise<string[]> {
  const failures: string[] = [];
  for (const settings of DEFAULT_RECIPE.formats) {
    const path = join(folder, `variant.${settings.format}`);
    try {
      await encodeTier({ master, widthPx: SIZE.widthPx, outputs: [{ settings, path }] });
      await sharp(await readFile(path)).stats();
    } catch (error) {
      failures.push(`${settings.format} cannot be written: ${(error as Error).message}`);
    }
  }
  return failures;
}

/** Whether the optional decoder is installed: it answers, even if only that this is no HEIC. */
async function readsHeic(): Promise<boolean> {
  const nothing = { bytes: Buffer.from('no HEIC'), ...SIZE, profile: undefined };
  return decodeHeic(nothing, LIMITS).then(
    () => true,
    (error: unknown) => !(error instanceof DarkroomError && error.kind === 'UnsupportedFormat'),
  );
}
