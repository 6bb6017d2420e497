import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DarkroomError } from '../domain/failures.js';
import { readFileStream } from './read-file.js';
import type { Storage } from './storage.js';

export interface LocateOriginal {
  /** As the catalog has it: a key in the original storage, or a `file:` URL. */
  original: string;
  storage: Storage;
  signal?: AbortSignal;
}

/**
 * The original's bytes, wherever they are.
 * @throws DarkroomError as `Storage.read`; `InvalidInput` for an address that Darkroom does not read.
 */
export async function openOriginal({
  original,
  storage,
  signal,
}: LocateOriginal): Promise<Readable> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(original)?.[1]?.toLowerCase();
  if (scheme === undefined) return storage.read(original, signal === undefined ? {} : { signal });
  if (scheme === 'file') return readFileStream(pathOf(original), original, signal);
  throw new DarkroomError('InvalidInput', `originals at ${scheme}: addresses are not read yet`);
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new DarkroomError('InvalidInput', `${url} names no file of this machine`, { cause });
  }
}
