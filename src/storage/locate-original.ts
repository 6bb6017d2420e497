import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DarkroomError } from '../domain/failures.js';
import { fetchGuarded } from '../net/guarded-fetch.js';
import { readFileStream } from './read-file.js';
import { s3Address, type OpenS3 } from './s3-original.js';
import type { Storage } from './storage.js';

/** Less than the two minutes that an activity gives to reading, so that a slow site is named as such. */
const SITE_TIMEOUT_MS = 100_000;
const SITE_SILENCE_MS = 15_000;

/** What is read of places that are neither the storage nor this machine. */
export interface OutsideOriginals {
  /** Also sites of this machine and its network, over http: too. */
  allowPrivate: boolean;
  /** Absent: originals at s3: addresses are refused. */
  openS3?: OpenS3;
}

export interface LocateOriginal {
  /** As the catalog has it: a key in the original storage, or a `file:`, `https:` or `s3:` address. */
  original: string;
  storage: Storage;
  signal?: AbortSignal;
  /** Sites that send more are hung up on; storages are read by those who count themselves. */
  maxBytes?: number;
  /** Absent: only the storage and this machine are read. */
  outside?: OutsideOriginals;
}

/**
 * The original's bytes, wherever they are.
 * @throws DarkroomError as `Storage.read` and `fetchGuarded`; `InvalidInput` for an address that
 *   Darkroom does not read.
 */
export async function openOriginal(options: LocateOriginal): Promise<Readable> {
  const { original, storage, signal, outside } = options;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(original)?.[1]?.toLowerCase();
  const read = signal === undefined ? {} : { signal };
  if (scheme === undefined) return storage.read(original, read);
  if (scheme === 'file') return readFileStream(pathOf(original), original, { signal });
  if (outside !== undefined && /^https?$/.test(scheme)) return readSite(options, outside);
  if (scheme === 's3' && outside?.openS3 !== undefined) {
    const { bucket, key } = s3Address(original);
    return outside
      .openS3(bucket)
      .read(key, read)
      .catch((error: unknown) => {
        throw isGone(error) ? missingBucket(bucket, error) : error;
      });
  }
  throw new DarkroomError('InvalidInput', `originals at ${scheme}: addresses are not read here`);
}

async function readSite(
  { original, signal, maxBytes = Infinity }: LocateOriginal,
  { allowPrivate }: OutsideOriginals,
): Promise<Readable> {
  const { stream, contentType } = await fetchGuarded(original, {
    ...(signal !== undefined && { signal }),
    accept: 'image/*, */*;q=0.5',
    maxBytes,
    timeoutMs: SITE_TIMEOUT_MS,
    idleTimeoutMs: SITE_SILENCE_MS,
    allowPrivate,
  });
  if (isForReaders(contentType)) {
    stream.destroy();
    const words = `${new URL(original).host} answers with ${contentType}, which is no image`;
    throw new DarkroomError('OriginalUnreadable', words);
  }
  return stream;
}

/**
 * A page where a picture should be: a captive portal, a login, an error that says 200. It says nothing
 * about the picture. Not all of text/*, which careless sites call everything.
 */
function isForReaders(contentType = ''): boolean {
  const type = contentType.split(';', 1)[0]?.trim() ?? '';
  return /^(text\/html|application\/(xhtml\+xml|json|[\w.-]+\+json))$/i.test(type);
}

/** Somebody else's bucket that is not there is one original less, and not our storage. */
function missingBucket(bucket: string, cause: unknown): DarkroomError {
  return new DarkroomError('OriginalMissing', `There is no bucket ${bucket}.`, { cause });
}

function isGone(error: unknown): boolean {
  return error instanceof DarkroomError && error.kind === 'StorageGone';
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new DarkroomError('InvalidInput', `${url} names no file of this machine`, { cause });
  }
}
