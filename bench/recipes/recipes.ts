import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
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

/** `exact`: every pixel of the original counts; `usual`: sharp lets the JPEG decoder shrink first. */
type Pixels = 'exact' | 'usual' | 'master';

interface Contender {
  name: string;
  settings: FormatSettings;
  pixels: Pixels;
}

const CONTENDERS: Contender[] = [
  ...REFERENCES.map((settings) => ({ name: 'sharp', settings, pixels: 'usual' as const })),
  ...DEFAULT_RECIPE.formats.map((settings) => ({
    ...{ name: 'direct', settings, pixels: 'exact' as const },
  })),
  ...RECIPE_NAMES.flatMap((name) =>
    recipeOf(name).formats.map((settings) => ({ name, settings, pixels: 'master' as const })),
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
    const pixels: Record<Pixels, PixelFile> = {
      exact: await resized(file, { widthPx, shrinkOnLoad: false, path: join(scratch, 'exact') }),
      usual: await resized(file, { widthPx, shrinkOnLoad: true, path: join(scratch, 'usual') }),
      master,
    };
    for (const contender of CONTENDERS) {
      const source = pixels[contender.pixels];
      const { path, bytes, cpuMs } = await encode(contender.settings, source, widthPx, scratch);
      const score = await scoreOf(path, pixels.exact, scratch);
      await rm(path);
      const { name, settings } = contender;
      measured.push({ name, settings, widthPx, cpuMs, bytes, score });
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

async function resized(
  file: string,
  { widthPx, shrinkOnLoad, path }: { widthPx: number; shrinkOnLoad: boolean; path: string },
): Promise<PixelFile> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .resize({ width: widthPx, withoutEnlargement: true, fastShrinkOnLoad: shrinkOnLoad })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  await writeFile(path, data);
  return { path, widthPx: info.width, heightPx: info.height, channels: 3 };
}

/** Against the exact pixels; a tier that was made from the master may be a row higher or lower. */
async function scoreOf(variant: string, exact: PixelFile, scratch: string): Promise<number> {
  const decoded = sharp(variant);
  const { height = 0 } = await decoded.metadata();
  const part = { left: 0, top: 0, width: exact.widthPx, height: Math.min(height, exact.heightPx) };
  const raw = { width: exact.widthPx, height: exact.heightPx, channels: exact.channels };
  const [reference, distorted] = [join(scratch, 'reference.png'), join(scratch, 'distorted.png')];
  const asPng = (image: Sharp, to: string) =>
    image.extract(part).png({ compressionLevel: 1 }).toFile(to);
  await asPng(sharp(await readFile(exact.path), { raw }), reference);
  await asPng(decoded, distorted);
  return ssimulacra2(reference, distorted);
}
