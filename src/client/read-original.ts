import type { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import type { Image } from '../domain/image.js';
import type { Ports } from '../open.js';
import { openOriginal } from '../storage/locate-original.js';

/** The bytes that came in, as they came in. */
export interface ReadOriginal {
  body: Readable;
  fileName: string;
  /** By content; absent before the image was processed. */
  mediaType?: string;
  sizeBytes?: number;
}

export async function readOriginal(
  { originals, buckets }: Pick<Ports, 'originals' | 'buckets'>,
  image: Image,
  { allowPrivate, maxBytes }: { allowPrivate: boolean; maxBytes: number },
): Promise<ReadOriginal> {
  if (originals === undefined) {
    throw new DarkroomError('StorageNotConfigured', 'ORIGINAL_STORAGE is not set.');
  }
  const body = await openOriginal({
    ...{ original: image.original, storage: originals, maxBytes },
    outside: { allowPrivate, openS3: buckets.open },
  });
  return {
    ...{ body, fileName: image.fileName },
    ...(image.mediaType !== undefined && { mediaType: image.mediaType }),
    ...(image.sizeBytes !== undefined && { sizeBytes: image.sizeBytes }),
  };
}
