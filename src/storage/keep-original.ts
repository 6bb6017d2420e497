import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DarkroomError } from '../domain/failures.js';
import type { Storage } from '../storage/storage.js';
import { storedState } from '../storage/stored-state.js';
import { removeLeftBehind } from './left-behind.js';

export type Body = Uint8Array | Readable | AsyncIterable<Uint8Array>;

const SPOOLED = 'darkroom-upload-';

/** For the start of a process: strangers' originals that a killed one could not remove. */
export function removeLeftUploads(): Promise<void> {
  return removeLeftBehind(tmpdir(), SPOOLED);
}

/** Bytes that came in, in a file of this machine that is gone when it is disposed. */
export interface SpooledFile extends AsyncDisposable {
  readonly sha256: string;
  /** Stores the bytes under the key unless they are there. */
  keep(originals: Storage, key: string): Promise<void>;
}

/**
 * Takes the whole body, hashing on the way.
 * @throws DarkroomError `FileTooLarge`, `ImageEmpty`
 */
export async function spoolFile(body: Body, maxBytes: number): Promise<SpooledFile> {
  const path = join(tmpdir(), `${SPOOLED}${randomUUID()}`);
  const remove = () => rm(path, { force: true });
  try {
    const { sha256, sizeBytes } = await spool(body, path, maxBytes);
    if (sizeBytes === 0) throw new DarkroomError('ImageEmpty');
    return {
      sha256,
      keep: async (originals, key) => {
        if ((await storedState(originals, { key, sizeBytes, sha256 })) === 'whole') return;
        const contentType = 'application/octet-stream';
        await originals.write(key, { from: { path }, sizeBytes, sha256, contentType });
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Owners are free text; a folder is not. */
export function folderOf(ownerId: string): string {
  return createHash('sha256').update(ownerId).digest('hex').slice(0, 16);
}

async function spool(body: Body, path: string, maxBytes: number) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      done(sizeBytes > maxBytes ? new DarkroomError('FileTooLarge') : null, chunk);
    },
  });
  const source = body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body);
  const file = createWriteStream(path, { mode: 0o600 });
  const closed = new Promise<void>((resolve) => file.once('close', () => resolve()));
  try {
    await pipeline(source, measured, file);
  } finally {
    // A body that ends badly at once ends before its file was opened, which then appears all the same.
    await closed;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
