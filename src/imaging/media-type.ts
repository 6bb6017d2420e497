import { fileTypeFromBuffer } from 'file-type';
import { DarkroomError } from '../domain/failures.js';

const MEDIA_TYPES = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/gif',
  'image/tiff',
  'image/heic',
] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Other names of what is read the same way. */
const ALIASES: Partial<Record<string, MediaType>> = {
  // An animated PNG is a PNG whose first frame every reader knows.
  'image/apng': 'image/png',
};

/** An XML root element is found within this much, or the text is nothing that we know. */
const TEXT_HEAD_BYTES = 64 * 1024;

/**
 * What the content is, whatever the file is called.
 * @throws DarkroomError UnsupportedFormat or NotAnImage
 */
export async function mediaTypeOf(bytes: Buffer): Promise<MediaType> {
  const found =
    (await fileTypeFromBuffer(bytes))?.mime ?? (isTiff(bytes) ? 'image/tiff' : undefined);
  if (found === 'image/heif') return heifKind(bytes);
  const mediaType = MEDIA_TYPES.find((known) => known === found) ?? ALIASES[found ?? ''];
  if (mediaType !== undefined) return mediaType;

  const unsupported = found?.startsWith('image/')
    ? found
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
    found === undefined
      ? 'The content of the file is not an image.'
      : `The content of the file is ${found}, not an image.`,
  );
}

/** By its first bytes; `file-type` reads the directory too, which a file that was cut off has lost. */
function isTiff(bytes: Buffer): boolean {
  return ['II*\0', 'MM\0*'].includes(bytes.toString('latin1', 0, 4));
}

/** The container of HEIC and AVIF, when its main brand does not say which of them it holds. */
function heifKind(bytes: Buffer): MediaType {
  const compatibleBrands = bytes.toString('latin1', 16, bytes.readUInt32BE(0));
  return compatibleBrands.includes('avif') ? 'image/avif' : 'image/heic';
}

/** By the root element, because a page may quote an `<svg` anywhere. */
function isSvg(bytes: Buffer): boolean {
  const head = bytes.toString('utf8', 0, TEXT_HEAD_BYTES).replaceAll(/<!--.*?-->/gs, '');
  if (!/^[\s\uFEFF]*</.test(head)) return false;
  return /<(?:\w+:)?([a-z]+)/i.exec(head)?.[1]?.toLowerCase() === 'svg';
}
