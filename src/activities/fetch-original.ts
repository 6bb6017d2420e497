import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DarkroomError } from '../domain/failures.js';
import { fileError } from '../storage/file-errors.js';
import { openOriginal } from '../storage/locate-original.js';
import type { ActivityDeps } from './deps.js';

/** The original as a file of this machine, with what only reading it whole can tell. */
export interface FetchedOriginal {
  path: string;
  sha256: string;
  sizeBytes: number;
}

/**
 * Streams the original to the path, hashing on the way; stops reading at the size limit.
 * @throws DarkroomError as `openOriginal`; `FileTooLarge`; `StorageFull` and `StorageUnavailable`
 *   also when it is this machine's disk that is full or away.
 */
export async function fetchOriginal(
  { originals, outside, limits }: Pick<ActivityDeps, 'originals' | 'outside' | 'limits'>,
  original: string,
  path: string,
  signal: AbortSignal,
): Promise<FetchedOriginal> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      done(sizeBytes > limits.maxFileBytes ? tooLarge(limits.maxFileBytes) : null, chunk);
    },
  });
  const source = await openOriginal({
    original,
    storage: originals,
    signal,
    maxBytes: limits.maxFileBytes,
    ...(outside !== undefined && { outside }),
  });
  await pipeline(source, measured, createWriteStream(path), { signal }).catch((error: unknown) => {
    // What the source could say is a DarkroomError already; the rest is this machine's disk.
    throw fileError(error, 'writing', path);
  });
  return { path, sha256: hash.digest('hex'), sizeBytes };
}

function tooLarge(maxBytes: number): DarkroomError {
  const megabytes = Math.round(maxBytes / 1_000_000);
  return new DarkroomError('FileTooLarge', `The file is larger than ${megabytes} MB, the limit.`);
}
