import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { DEFAULT_RECIPE, RECIPE_NAMES, recipeOf } from '../../src/domain/recipes.js';
import { largestWidthPx, type FormatSettings } from '../../src/domain/recipe.js';
import { encodeTier } from '../../src/imaging/encode.js';
import type { PixelFile } from '../../src/imaging/encoder-jobs.js';
import { prepareOriginal } from '../../src/imaging/master.js';
import { photosFrom } from '../photos.js';
import type { Options, Report } from '../report.js';
import { recipesReport, type Measured } from './recipes-report.js';
import { ssimulacra2 } from './ssimulacra2.js';

const LIMITS = { maxMegapixels: 1000, maxFileBytes: 1e9 };

/** What recipes are measured against: what sharp does when it is told a quality and nothing else. */
const REFERENCES: FormatSettings[] = [
  { format: 'webp', quality: 80, effort: 4 },
  { format: 'avif', quality: 80, effort: 4, chromaSubsampling: '4:4:4' },
];

interface Contender {
  name: string;
  settings: FormatSettings;
  /** From the original's own pixels in the tier's size; else from the working master's. */
  direct: boolean;
}

const CONTENDERS: Contender[] = [
  ...REFERENCES.map((settings) => ({ name: 'sharp', settings, direct: true })),
  ...DEFAULT_RECIPE.formats.map((settings) => ({ name: 'direct', settings, direct: true })),
  ...RECIPE_NAMES.flatMap((name) =>
    recipeOf(name).formats.map((settings) => ({ name, settings, direct: false })),
  ),
];

/**
 * Every recipe at every tier: SSIMULACRA2 against the original in the tier's size, bytes, and the CPU
 * time of resize and encode.
 */
export async function benchRecipes({ photos, signal }: Options): Promise<Report> {
  // As in an encoder process: one picture a core.
  sharp.concurrency(1);
  sharp.cache(false);
  const scratch = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  try {
    const { files, painted } = await photosFrom(photos, scratch);
    const measured: Measured[] = [];
    for (const [index, file] of files.entries()) {
      signal.throwIfAborted();
      measured.push(...(await measure(file, scratch)));
      console.error(`${index + 1} of ${files.length} photographs are measured`);
    }
    return recipesReport(measured, { photos: files.length, painted });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measure(file: string, scratch: string): Promise<Measured[]> {
  const { master } = await prepareOriginal({
    originalPath: file,
    limits: LIMITS,
    maxMasterWidthPx: largestWidthPx(DEFAULT_RECIPE),
    masterPath: join(scratch, 'master'),
    previewPath: join(scratch, 'preview.jpg'),
  });
  const measured: Measured[] = [];
  for (const { widthPx } of DEFAULT_RECIPE.tiers) {
    const direct = await directPixels(file, widthPx, join(scratch, 'direct'));
    const reference = join(scratch, 'reference.png');
    await asPng(direct, reference);
    const made = [];
    for (const contender of CONTENDERS) {
      const source = contender.direct ? direct : master;
      made.push({ contender, ...(await encode(contender.settings, source, widthPx, scratch)) });
    }
    for (const { contender, path, cpuMs, bytes } of made) {
      const png = join(scratch, 'distorted.png');
      await sharp(path).png({ compressionLevel: 1 }).toFile(png);
      const score = await ssimulacra2(reference, png);
      measured.push({ ...contender, widthPx, cpuMs, bytes, score });
    }
  }
  return measured;
}

let encoded = 0;

async function encode(
  settings: FormatSettings,
  master: PixelFile,
  widthPx: number,
  folder: string,
) {
  const path = join(folder, `${(encoded += 1)}.${settings.format}`);
  const before = process.cpuUsage();
  const [file] = await encodeTier({ master, widthPx, outputs: [{ settings, path }] });
  const { user, system } = process.cpuUsage(before);
  return { path, bytes: file?.sizeBytes ?? 0, cpuMs: (user + system) / 1000 };
}

/** Straight from the original, as a picture in that size should look. */
async function directPixels(file: string, width: number, path: string): Promise<PixelFile> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .resize({ width, withoutEnlargement: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  await writeFile(path, data);
  return { path, widthPx: info.width, heightPx: info.height, channels: 3 };
}

async function asPng({ path, widthPx, heightPx, channels }: PixelFile, to: string): Promise<void> {
  const raw = { width: widthPx, height: heightPx, channels };
  await sharp(await readFile(path), { raw })
    .png({ compressionLevel: 1 })
    .toFile(to);
}
