import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import type { StoredBytes } from './storage.js';

/** Up to this a file is held in memory, because the SDK cannot send a stream a second time. */
const HELD_BYTES = 8 * 1024 * 1024;

/** What goes into one PUT. */
export interface Content {
  /** base64, as S3 wants it */
  readonly sha256: string;
  /** A stream is open from here on: use it or destroy it. */
  body(): Uint8Array | Readable;
}

/**
 * Reads everything once for its SHA-256: the store refuses what arrives with another.
 * @throws DarkroomError `StorageUnavailable` when the source has another size or hash than promised; the
 *   file system's own error when it cannot be read, which is not the store's fault.
 */
export async function contentOf(source: StoredBytes, signal?: AbortSignal): Promise<Content> {
  const { from, sizeBytes } = source;
  const promised = source.sha256 && Buffer.from(source.sha256, 'hex').toString('base64');
  const hash = createHash('sha256');
  if ('path' in from && sizeBytes > HELD_BYTES) {
    let found = 0;
    for await (const chunk of createReadStream(from.path, signal && { signal })) {
      found += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
    }
    checkSize(found, sizeBytes);
    const sha256 = hash.digest('base64');
    checkHash(sha256, promised);
    return { sha256, body: () => createReadStream(from.path, { end: sizeBytes - 1 }) };
  }
  const bytes = 'bytes' in from ? from.bytes : await readFile(from.path, signal && { signal });
  checkSize(bytes.length, sizeBytes);
  const sha256 = hash.update(bytes).digest('base64');
  checkHash(sha256, promised);
  return { sha256, body: () => bytes };
}

function checkHash(found: string, promised: string | undefined): void {
  if (promised === undefined || found === promised) return;
  throw new DarkroomError(
    'StorageUnavailable',
    'the source has other bytes than the promised ones',
  );
}

function checkSize(found: number, promised: number): void {
  if (found === promised) return;
  const words = `the source has ${found} bytes and not the promised ${promised}`;
  throw new DarkroomError('StorageUnavailable', words);
}
