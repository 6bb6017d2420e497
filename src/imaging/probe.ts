import { readFile, stat } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';
import sharp, { type Metadata } from 'sharp';
import { DarkroomError } from '../domain/failures.js';
import type { ImageLimits } from './encoder-jobs.js';

/** An original that passed every check that needs no pixels. Only a full decode proves the rest. */
export interface ProbedOriginal {
  bytes: Buffer;
  mediaType: MediaType;
  /** After orientation. */
  widthPx: number;
  heightPx: number;
  /** The raw EXIF block, as untrusted as the rest. */
  exif: Buffer | undefined;
}

const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'] as const;
type MediaType = (typeof MEDIA_TYPES)[number];

/** An XML root element is found within this much, or the text is nothing that we know. */
const TEXT_HEAD_BYTES = 64 * 1024;

/**
 * Reads an original once and looks at it without decoding.
 * @throws DarkroomError ImageEmpty, FileTooLarge, NotAnImage, UnsupportedFormat, TooManyPixels or
 * ImageCorrupt (when not even the header can be read).
 */
export async function probeOriginal(path: string, limits: ImageLimits): Promise<ProbedOriginal> {
  const { size } = await stat(path);
  if (size === 0) throw new DarkroomError('ImageEmpty');
  if (size > limits.maxFileBytes) {
    throw new DarkroomError(
      'FileTooLarge',
      `The file has ${count(size)} bytes, the limit is ${count(limits.maxFileBytes)} bytes.`,
    );
  }
  // A buffer, because a loader that knows the path of its input can be made to read files beside it.
  const bytes = await readFile(path);
  const mediaType = await supportedMediaType(bytes);
  const header = await readHeader(bytes);
  const { width: widthPx, height: heightPx } = header.autoOrient;
  if (widthPx * heightPx > limits.maxMegapixels * 1e6) {
    throw new DarkroomError(
      'TooManyPixels',
      `The image has ${count(widthPx)} x ${count(heightPx)} pixels, ` +
        `the limit is ${count(limits.maxMegapixels)} megapixels.`,
    );
  }
  return { bytes, mediaType, widthPx, heightPx, exif: header.exif };
}

async function supportedMediaType(bytes: Buffer): Promise<MediaType> {
  const found = (await fileTypeFromBuffer(bytes))?.mime;
  // An animated PNG is a PNG whose first frame every reader knows.
  const mediaType = found === 'image/apng' ? 'image/png' : found;
  const supported = MEDIA_TYPES.find((known) => known === mediaType);
  if (supported !== undefined) return supported;

  const unsupported = mediaType?.startsWith('image/')
    ? mediaType
    : isSvg(bytes)
      ? 'image/svg+xml'
      : undefined;
  if (unsupported !== undefined) {
    throw new DarkroomError(
      'UnsupportedFormat',
      `The file is ${unsupported}; supported are ${MEDIA_TYPES.join(', ')}.`,
    );
  }
  throw new DarkroomError(
    'NotAnImage',
    mediaType === undefined
      ? 'The content of the file is not an image.'
      : `The content of the file is ${mediaType}, not an image.`,
  );
}

/** By the root element, because a page may quote an `<svg` anywhere. */
function isSvg(bytes: Buffer): boolean {
  const head = bytes.toString('utf8', 0, TEXT_HEAD_BYTES).replaceAll(/<!--.*?-->/gs, '');
  if (!/^[\s\uFEFF]*</.test(head)) return false;
  return /<(?:\w+:)?([a-z]+)/i.exec(head)?.[1]?.toLowerCase() === 'svg';
}

async function readHeader(bytes: Buffer): Promise<Metadata> {
  try {
    // No pixel limit here: sharp's own refusal would not say how large the image is.
    return await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new DarkroomError(
      'ImageCorrupt',
      `The header of the image cannot be read: ${firstLine(error)}`,
      { cause: error },
    );
  }
}

/** The first line of a libvips message; the others repeat it for every layer it went through. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
