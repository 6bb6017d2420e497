import type { S3 } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import { checkKey, checkPrefix } from './key.js';
import { wholeBody } from './s3-body.js';
import { connect, type S3Settings } from './s3-client.js';
import { s3Error } from './s3-errors.js';
import { contentOf, type Content } from './s3-upload.js';
import type { ListedObject, Part, Storage, StoredBytes } from './storage.js';

export interface S3Location extends S3Settings {
  bucket: string;
  /** Beginning of every key, without slashes around it; '' for the whole bucket. */
  prefix: string;
}

const LIMITS = {
  /** From a request to the head of its answer, for each try. */
  answerMs: 15_000,
  /** A body that delivers nothing for so long will not go on. */
  silenceMs: 30_000,
  pageKeys: 1000,
};

/** An upload gets time for its bytes besides: the slowest line that is of any use has 100 KB/s. */
const UPLOAD_BYTES_PER_MS = 100;

type Signal = AbortSignal | undefined;

/**
 * Objects of a bucket of Amazon S3, or of what speaks its protocol. The bucket has to be there.
 * Connects when it is first used and lets go when it is disposed. An object goes up in one PUT,
 * which a store takes up to 5 GB; originals end at `MAX_FILE_MB`.
 * @param limits for tests
 */
export function openS3Storage(
  location: S3Location,
  limits: Partial<typeof LIMITS> = {},
): Storage & AsyncDisposable {
  return new S3Storage(location, { ...LIMITS, ...limits });
}

class S3Storage implements Storage, AsyncDisposable {
  readonly name: string;
  readonly #location: S3Location;
  readonly #limits: typeof LIMITS;
  /** What comes before a key: '' or something that ends with a slash. */
  readonly #folder: string;
  #client: S3 | undefined;

  constructor(location: S3Location, limits: typeof LIMITS) {
    const { bucket, prefix } = location;
    this.#location = location;
    this.#limits = limits;
    this.#folder = prefix === '' ? '' : `${prefix}/`;
    this.name = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  }

  async read(
    key: string,
    { signal, part }: { signal?: AbortSignal; part?: Part } = {},
  ): Promise<Readable> {
    const range = part && { Range: `bytes=${part.first}-${part.last}` };
    const at = { ...this.#at(key), ...range };
    const answer = await this.#ask('reading', key, signal, (s3) =>
      s3.getObject(at, this.#within(signal)),
    );
    const { silenceMs } = this.#limits;
    const expected = { name: key, sizeBytes: answer.ContentLength, silenceMs, signal };
    return wholeBody(answer.Body as Readable, expected);
  }

  async write(
    key: string,
    source: StoredBytes,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const at = this.#at(key);
    signal?.throwIfAborted();
    const content = await contentOf(source, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    await this.#ask('writing', key, signal, async (s3) => {
      const etag = await this.#put(s3, { at, source, content, signal });
      const found = await s3.headObject({ ...at, ChecksumMode: 'ENABLED' }, this.#within(signal));
      // Somebody else has replaced it since, by an object that is whole as well.
      if (etag !== undefined && found.ETag !== etag) return;
      const { ContentLength: sizeBytes, ChecksumSHA256: sha256 = content.sha256 } = found;
      if (sizeBytes === source.sizeBytes && sha256 === content.sha256) return;
      const words = `${sizeBytes} of ${source.sizeBytes} bytes are stored under ${key}`;
      throw new DarkroomError('StorageUnavailable', words);
    });
  }

  async stat(key: string): Promise<{ sizeBytes: number; sha256?: string } | undefined> {
    const at = { ...this.#at(key), ChecksumMode: 'ENABLED' as const };
    try {
      const { ContentLength: sizeBytes = 0, ChecksumSHA256: checksum } = await this.#ask(
        ...(['reading', key, undefined] as const),
        (s3) => s3.headObject(at, this.#within()),
      );
      return { sizeBytes, ...sha256Of(checksum) };
    } catch (error) {
      if (error instanceof DarkroomError && error.kind === 'OriginalMissing') return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const at = this.#at(key);
    await this.#ask('writing', key, undefined, (s3) => s3.deleteObject(at, this.#within()));
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    checkPrefix(prefix);
    let next: string | undefined;
    do {
      const { Contents: found = [], ...page } = await this.#page(prefix, next);
      for (const { Key = '', Size: sizeBytes = 0, LastModified: modifiedAt } of found) {
        const key = Key.slice(this.#folder.length);
        // Consoles make folders by storing an empty object under a key with a slash at its end.
        if (key === '' || key.endsWith('/')) continue;
        yield { key, sizeBytes, ...(modifiedAt && { modifiedAt }) };
      }
      next = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (next !== undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.destroy();
    this.#client = undefined;
  }

  #at(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#location.bucket, Key: this.#folder + key };
  }

  #within(signal?: AbortSignal, uploadBytes = 0) {
    const requestTimeout = this.#limits.answerMs + Math.ceil(uploadBytes / UPLOAD_BYTES_PER_MS);
    return signal === undefined ? { requestTimeout } : { requestTimeout, abortSignal: signal };
  }

  async #ask<T>(
    doing: 'reading' | 'writing',
    key: string,
    signal: Signal,
    request: (s3: S3) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await request((this.#client ??= connect(this.#location)));
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(error, doing, `${key} in ${this.name}`);
    }
  }

  #page(prefix: string, token: string | undefined) {
    const query = {
      Bucket: this.#location.bucket,
      Prefix: this.#folder + prefix,
      MaxKeys: this.#limits.pageKeys,
      ...(token !== undefined && { ContinuationToken: token }),
    };
    return this.#ask('reading', `${prefix}*`, undefined, (s3) =>
      s3.listObjectsV2(query, this.#within()),
    );
  }

  /** @returns the ETag of what was stored, from stores that say it */
  async #put(s3: S3, { at, source, content, signal }: Upload): Promise<string | undefined> {
    const body = content.body();
    // A file that cannot be read to its end must end the request, which would wait for the rest.
    const unreadable = new AbortController();
    if (body instanceof Readable) body.once('error', (error) => unreadable.abort(error));
    const signals = signal === undefined ? [unreadable.signal] : [unreadable.signal, signal];
    const { sizeBytes, contentType, cacheControl } = source;
    const object = {
      ContentLength: sizeBytes,
      ContentType: contentType,
      ...(cacheControl !== undefined && { CacheControl: cacheControl }),
    };
    try {
      const stored = await s3.putObject(
        { ...at, ...object, Body: body, ChecksumSHA256: content.sha256 },
        this.#within(AbortSignal.any(signals), sizeBytes),
      );
      return stored.ETag;
    } catch (error) {
      unreadable.signal.throwIfAborted();
      throw error;
    } finally {
      if (body instanceof Readable) body.destroy();
    }
  }
}

/** One of an upload in parts is a hash of hashes, which says nothing of the bytes. */
function sha256Of(checksum: string | undefined): { sha256?: string } {
  if (checksum === undefined || checksum.includes('-')) return {};
  return { sha256: Buffer.from(checksum, 'base64').toString('hex') };
}

interface Upload {
  at: { Bucket: string; Key: string };
  source: StoredBytes;
  content: Content;
  signal: Signal;
}
