import sharp, { type Sharp } from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import type { ColorSpace } from '../domain/recipe.js';
import { isWiderThanSrgb } from './color-profile.js';
import type { ImageLimits } from './encoder-jobs.js';
import { firstLine } from './first-line.js';
import { decodeFrames } from './frames.js';
import { decodeHeic } from './heic.js';
import { isMachineFault } from './machine-fault.js';
import { rawPixels, type Pixels } from './pixels.js';
import type { ProbedOriginal } from './probe.js';

/** The picture is made to fit in here, and never enlarged. */
export interface Box {
  widthPx: number;
  heightPx: number;
}

export interface DecodeOptions {
  limits: ImageLimits;
  box: Box;
  colorSpace: ColorSpace;
}

/** Upright pixels, of one frame or of several, one below the other. The height is that of one. */
export interface DecodedOriginal extends Pixels {
  colorSpace?: 'p3';
}

/**
 * Decodes the whole of an original, which is what proves that it is not damaged.
 * @throws DarkroomError ImageCorrupt, or UnsupportedFormat when its decoder is not installed
 */
export async function decodeOriginal(
  original: ProbedOriginal,
  options: DecodeOptions,
): Promise<DecodedOriginal> {
  try {
    if (original.animation) return await decodeFrames(original, original.animation, options);
    const source = opened(await readable(original, options), options);
    const isP3 = options.colorSpace === 'p3' && isWiderThanSrgb(original.profile);
    return isP3 ? await p3Pixels(source) : await rawPixels(inSrgb(source, original));
  } catch (error) {
    if (error instanceof DarkroomError || isMachineFault(error)) throw error;
    throw new DarkroomError('ImageCorrupt', `The image cannot be decoded: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

/** The bytes in a format that sharp decodes. */
async function readable(original: ProbedOriginal, { limits }: DecodeOptions): Promise<Buffer> {
  return original.mediaType === 'image/heic' ? decodeHeic(original, limits) : original.bytes;
}

function opened(bytes: Buffer, { limits, box }: DecodeOptions): Sharp {
  // `error` refuses what is cut off or cannot be decoded; `warning` would also refuse photographs
  // that every browser shows, for a stray byte between two markers.
  return sharp(bytes, {
    failOn: 'error',
    limitInputPixels: Math.ceil(limits.maxMegapixels * 1e6),
  })
    .autoOrient()
    .resize({ width: box.widthPx, height: box.heightPx, fit: 'inside', withoutEnlargement: true });
}

function inSrgb(source: Sharp, { deepColor, profile }: ProbedOriginal): Sharp {
  const image = source.toColourspace('srgb');
  // sharp converts deep colour with a profile to Display P3 and, unless asked for a profile, leaves
  // the numbers there. Without a profile it takes them for sRGB, and asking would do harm.
  return deepColor && profile ? image.withIccProfile('srgb') : image;
}

/** By way of 16 bits, because sharp brings 8 bits to sRGB first, and what is wider is gone. */
async function p3Pixels(source: Sharp): Promise<DecodedOriginal> {
  const deep = await source
    .keepIccProfile()
    .toColourspace('rgb16')
    .png({ compressionLevel: 0 })
    .toBuffer();
  const image = sharp(deep, { limitInputPixels: false }).toColourspace('srgb').withIccProfile('p3');
  return { ...(await rawPixels(image)), colorSpace: 'p3' };
}
