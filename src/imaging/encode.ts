import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp, { type Raw, type Sharp } from 'sharp';
import type { FormatSettings } from '../domain/recipe.js';
import type { EncodedFile, EncodeInput } from './encoder-jobs.js';
import { writeWholeFile } from './whole-file.js';

/**
 * One tier in every requested format. The same master and settings give the same bytes, so a second
 * try overwrites a file with itself. Nothing is enlarged: a narrower master keeps its width.
 */
export async function encodeTier(input: EncodeInput): Promise<EncodedFile[]> {
  const { data, raw } = await tierPixels(input);
  const files: EncodedFile[] = [];
  // One after the other: this process has one core to itself, and its memory is what limits a machine.
  for (const { settings, path } of input.outputs) {
    const bytes = await encoded(sharp(data, { raw }), settings).toBuffer();
    await writeWholeFile(path, bytes);
    files.push({
      format: settings.format,
      path,
      widthPx: raw.width,
      heightPx: raw.height,
      sizeBytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  }
  return files;
}

/** Resized once into a buffer, because sharp repeats decode and resize for every output of a pipeline. */
async function tierPixels({ master, widthPx }: EncodeInput): Promise<{ data: Buffer; raw: Raw }> {
  const data = await readFile(master.path);
  const raw: Raw = { width: master.widthPx, height: master.heightPx, channels: master.channels };
  if (widthPx >= master.widthPx) return { data, raw };
  const resized = await sharp(data, { raw })
    .resize({ width: widthPx })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: resized.data,
    raw: { ...raw, width: resized.info.width, height: resized.info.height },
  };
}

function encoded(image: Sharp, settings: FormatSettings): Sharp {
  switch (settings.format) {
    case 'webp': {
      const { quality, effort } = settings;
      return image.webp({ quality, effort });
    }
    case 'avif': {
      const { quality, effort, chromaSubsampling } = settings;
      return image.avif({ quality, effort, chromaSubsampling });
    }
  }
}
