import { readFile, stat } from 'node:fs/promises';
import sharp, { type Metadata } from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import type { Animation, ImageLimits } from './encoder-jobs.js';
import { firstLine } from './first-line.js';
import { isWholeGif } from './gif-blocks.js';
import { scansOf } from './jpeg-scans.js';
import { isMachineFault } from './machine-fault.js';
import { mediaTypeOf, type MediaType } from './media-type.js';
import { tiffPagesOf } from './tiff-pages.js';
import { webpFramesOf } from './webp-frames.js';

/** An original that passed every check that needs no pixels. Only a full decode proves the rest. */
export interface ProbedOriginal {
  bytes: Buffer;
  mediaType: MediaType;
  /** After orientation. */
  widthPx: number;
  heightPx: number;
  /** As EXIF numbers them; 1 is upright, and so is what HEIC and AVIF turn by boxes of their own. */
  orientation: number;
  /** 16 bits for each of red, green and blue, which sharp treats in a way of its own. */
  deepColor: boolean;
  /** Present for GIF and WebP with more than one frame. Other files are shown by their first picture. */
  animation?: Animation;
  /** The raw ICC profile and EXIF block, as untrusted as the rest. */
  profile: Buffer | undefined;
  exif: Buffer | undefined;
}

/** Some minutes of film; more is a video, and each frame costs its share whatever its size. */
const MAX_FRAMES = 1000;
/** An archive of a court may have some thousands. */
const MAX_PAGES = 100_000;
/** What sharp takes; a GIF may say ten times as much. */
const MAX_DELAY_MS = 65_535;
const DEFAULT_DELAY_MS = 100;
/** Encoders make ten; more only cost time. */
const MAX_SCANS = 100;

/**
 * Reads an original once and looks at it without decoding.
 * @throws DarkroomError ImageEmpty, FileTooLarge, NotAnImage, UnsupportedFormat, TooManyPixels or
 * ImageCorrupt (when not even the header can be read).
 */
export async function probeOriginal(path: string, limits: ImageLimits): Promise<ProbedOriginal> {
  const bytes = await readWithinLimit(path, limits);
  const mediaType = await mediaTypeOf(bytes);
  checkParts(mediaType, bytes);
  const header = await readHeader(bytes);
  const original: ProbedOriginal = {
    bytes,
    mediaType,
    widthPx: header.autoOrient.width,
    heightPx: header.autoOrient.height,
    orientation: header.orientation ?? 1,
    deepColor: header.space === 'rgb16',
    ...animationOf(mediaType, header),
    profile: header.icc,
    exif: header.exif,
  };
  checkPixels(original, limits);
  return original;
}

async function readWithinLimit(path: string, { maxFileBytes }: ImageLimits): Promise<Buffer> {
  const { size } = await stat(path);
  if (size === 0) throw new DarkroomError('ImageEmpty');
  if (size > maxFileBytes) {
    throw new DarkroomError(
      'FileTooLarge',
      `The file has ${count(size)} bytes, the limit is ${count(maxFileBytes)} bytes.`,
    );
  }
  // A buffer, because a loader that knows the path of its input can be made to read files beside it.
  return readFile(path);
}

/** What takes its time when only the header is read. A GIF of as many frames as fit takes a second. */
function checkParts(mediaType: MediaType, bytes: Buffer): void {
  if (mediaType === 'image/gif' && !isWholeGif(bytes)) {
    throw new DarkroomError('ImageCorrupt', 'The GIF ends before its last frame does.');
  }
  if (mediaType === 'image/jpeg' && scansOf(bytes, MAX_SCANS) > MAX_SCANS) {
    throw new DarkroomError(
      'UnsupportedFormat',
      `The JPEG comes in more than ${MAX_SCANS} scans, which is the limit.`,
    );
  }
  if (mediaType === 'image/tiff' && tiffPagesOf(bytes, MAX_PAGES) > MAX_PAGES) {
    throw new DarkroomError(
      'UnsupportedFormat',
      `The TIFF has more than ${count(MAX_PAGES)} pages, which is the limit.`,
    );
  }
  if (mediaType === 'image/webp' && webpFramesOf(bytes, MAX_FRAMES) > MAX_FRAMES) {
    throw new DarkroomError(
      'TooManyPixels',
      `The animation has more than ${count(MAX_FRAMES)} frames, which is the limit.`,
    );
  }
}

async function readHeader(bytes: Buffer): Promise<Metadata> {
  try {
    // No pixel limit here: sharp's own refusal would not say how large the image is.
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    if (isMachineFault(error)) throw error;
    throw new DarkroomError(
      'ImageCorrupt',
      `The header of the image cannot be read: ${firstLine(error)}`,
      { cause: error },
    );
  }
}

function animationOf(mediaType: MediaType, header: Metadata): { animation?: Animation } {
  const { pages: frames = 1, delay = [], loop = 0 } = header;
  // The pages of a TIFF are other pictures.
  if (frames < 2 || !['image/gif', 'image/webp'].includes(mediaType)) return {};
  const delaysMs = Array.from({ length: frames }, (_, index) =>
    Math.min(delay[index] ?? DEFAULT_DELAY_MS, MAX_DELAY_MS),
  );
  return { animation: { frames, delaysMs, loop } };
}

function checkPixels(original: ProbedOriginal, { maxMegapixels }: ImageLimits): void {
  const { widthPx, heightPx, animation } = original;
  const frames = animation?.frames ?? 1;
  if (frames > MAX_FRAMES) {
    throw new DarkroomError(
      'TooManyPixels',
      `The animation has ${count(frames)} frames, the limit is ${count(MAX_FRAMES)} frames.`,
    );
  }
  if (widthPx * heightPx * frames <= maxMegapixels * 1e6) return;
  const size = `${count(widthPx)} x ${count(heightPx)} pixels`;
  throw new DarkroomError(
    'TooManyPixels',
    (animation
      ? `The animation has ${count(frames)} frames of ${size}, `
      : `The image has ${size}, `) + `the limit is ${count(maxMegapixels)} megapixels.`,
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
