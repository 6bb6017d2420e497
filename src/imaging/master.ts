import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import { appearanceOf, THUMBNAIL_EDGE_PX, type Thumbnail } from './appearance.js';
import { cameraFacts } from './camera.js';
import type { PixelFile, PrepareInput, PrepareOutput } from './encoder-jobs.js';
import { firstLine, probeOriginal, type ProbedOriginal } from './probe.js';
import { writeWholeFile } from './whole-file.js';

/** What WebP can hold; a taller master (an endless screenshot) could not be encoded. */
const MAX_EDGE_PX = 16_383;

/** What a vision model needs at most, and cheap to keep. */
const PREVIEW_EDGE_PX = 512;

interface Pixels {
  data: Buffer;
  widthPx: number;
  heightPx: number;
  channels: 3 | 4;
}

/**
 * Decodes an original once: its working master, its preview and everything that is learned from its
 * pixels. The master may be narrower than `maxMasterWidthPx` asks when the picture is extremely tall,
 * so tiers are planned from the master's width.
 * @throws DarkroomError as `probeOriginal` does, or ImageCorrupt when the pixels cannot be decoded.
 */
export async function prepareOriginal(input: PrepareInput): Promise<PrepareOutput> {
  const original = await probeOriginal(input.originalPath, input.limits);
  const pixels = await withoutIdleAlpha(await decode(original, input));
  const { widthPx, heightPx, channels } = pixels;
  const small = await shrink(pixels, PREVIEW_EDGE_PX);
  const preview = await open(small)
    .flatten({ background: 'white' })
    .jpeg({ quality: 80 })
    .toBuffer();
  const camera = cameraFacts(original.exif);

  await writeWholeFile(input.previewPath, preview);
  await writeWholeFile(input.masterPath, pixels.data);
  return {
    facts: {
      mediaType: original.mediaType,
      widthPx: original.widthPx,
      heightPx: original.heightPx,
      ...appearanceOf(await thumbnail(small)),
      ...(camera && { camera }),
    },
    master: { path: input.masterPath, widthPx, heightPx, channels } satisfies PixelFile,
    previewBytes: preview.byteLength,
  };
}

async function decode(original: ProbedOriginal, input: PrepareInput): Promise<Pixels> {
  try {
    // `error` refuses what is cut off or cannot be decoded; `warning` would also refuse photographs
    // that every browser shows, for a stray byte between two markers.
    const source = sharp(original.bytes, {
      failOn: 'error',
      limitInputPixels: Math.ceil(input.limits.maxMegapixels * 1e6),
    });
    return await rawPixels(
      source
        .autoOrient()
        .resize({
          width: input.maxMasterWidthPx,
          height: MAX_EDGE_PX,
          fit: 'inside',
          withoutEnlargement: true,
        })
        .toColourspace('srgb'),
    );
  } catch (error) {
    // A machine without memory says nothing about the picture, which would be set aside for good.
    if (/memory/i.test(firstLine(error))) throw error;
    throw new DarkroomError('ImageCorrupt', `The image cannot be decoded: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

async function rawPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height, channels: channelsOf(info) };
}

function channelsOf({ channels }: OutputInfo): 3 | 4 {
  if (channels === 3 || channels === 4) return channels;
  throw new Error(`sRGB pixels have 3 or 4 channels, not ${channels}`);
}

/** Drops an alpha channel that is opaque everywhere: every encoder works less and files shrink. */
async function withoutIdleAlpha(pixels: Pixels): Promise<Pixels> {
  if (pixels.channels === 3) return pixels;
  const { data } = pixels;
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return pixels;
  return rawPixels(open(pixels).removeAlpha());
}

function open({ data, widthPx: width, heightPx: height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

async function shrink(pixels: Pixels, edgePx: number): Promise<Pixels> {
  return rawPixels(
    open(pixels).resize({ width: edgePx, height: edgePx, fit: 'inside', withoutEnlargement: true }),
  );
}

async function thumbnail(small: Pixels): Promise<Thumbnail> {
  const tiny = await shrink(small, THUMBNAIL_EDGE_PX);
  return { ...tiny, data: await open(tiny).ensureAlpha().raw().toBuffer() };
}
