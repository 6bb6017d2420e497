import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import type { FormatSettings } from '../domain/recipe.js';
import { openP3Pixels } from './color-profile.js';
import type { Animation, AskForRoom, EncodedFile, EncodeInput, PixelFile } from './encoder-jobs.js';
import { framesAtWidth, openFrames } from './frames.js';
import { megapixelsOf } from './megapixel-budget.js';
import { openPixels, rawPixels, type Pixels } from './pixels.js';
import { writeWholeFile } from './whole-file.js';

/**
 * One tier in every requested format. The same master and settings give the same bytes, so a second
 * try overwrites a file with itself. Nothing is enlarged: a narrower master keeps its width.
 */
export async function encodeTier(
  { master, widthPx, outputs }: EncodeInput,
  askForRoom?: AskForRoom,
): Promise<EncodedFile[]> {
  await askForRoom?.(megapixelsOf(master));
  const pixels = await tierPixels(master, widthPx).catch(explainMissing);
  const files: EncodedFile[] = [];
  // One after the other: this process has one core to itself, and its memory is what limits a machine.
  for (const { settings, path } of outputs) {
    const bytes = await encoded(
      await opened(pixels, master),
      settings,
      master.animation,
    ).toBuffer();
    await writeWholeFile(path, bytes);
    files.push({
      format: settings.format,
      path,
      widthPx: pixels.widthPx,
      heightPx: pixels.heightPx,
      sizeBytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  }
  return files;
}

/** Resized once into a buffer, because sharp repeats decode and resize for every output of a pipeline. */
async function tierPixels(master: PixelFile, widthPx: number): Promise<Pixels> {
  const isNative = widthPx >= master.widthPx;
  if (master.animation && !isNative) return framesAtWidth(master, master.animation, widthPx);
  const pixels = { ...master, data: await readFile(master.path) };
  return isNative ? pixels : rawPixels(openPixels(pixels).resize({ width: widthPx }));
}

/** A worker that was frozen goes on with work that is not its own any more, and tidies up after its last tier. */
function explainMissing(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  const message = 'The working master is gone: another try has ended with it. It is made again.';
  throw new DarkroomError('StorageUnavailable', message, { cause: error });
}

async function opened(pixels: Pixels, { colorSpace, animation }: PixelFile): Promise<Sharp> {
  if (animation) return openFrames(pixels, animation);
  return colorSpace === 'p3' ? (await openP3Pixels(pixels)).keepIccProfile() : openPixels(pixels);
}

function encoded(image: Sharp, settings: FormatSettings, animation?: Animation): Sharp {
  switch (settings.format) {
    case 'webp': {
      const { quality, effort, smartSubsample = false } = settings;
      const moves = animation && { delay: animation.delaysMs, loop: animation.loop };
      return image.webp({ quality, effort, smartSubsample, ...moves });
    }
    case 'avif': {
      if (animation) throw new Error('an animation is encoded as WebP only (see formatsFor)');
      const { quality, effort, chromaSubsampling } = settings;
      return image.avif({ quality, effort, chromaSubsampling });
    }
  }
}
