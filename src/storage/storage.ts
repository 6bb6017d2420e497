import type { Readable } from 'node:stream';

/** Where bytes live: originals and previews in one, variants in one (they may be the same). */
export interface Storage {
  /** What the store is called in logs and reports, without credentials: `file:/srv/images`. */
  readonly name: string;

  /**
   * The object, or a part of it, as a stream. A stream that delivers nothing for a while fails
   * rather than hangs.
   * @throws DarkroomError `OriginalMissing` when nothing is stored under the key,
   *   `StorageUnavailable` when the store cannot be reached.
   */
  read(key: string, options?: { signal?: AbortSignal; part?: Part }): Promise<Readable>;

  /**
   * Stores the file under the key, whole or not at all; replacing an object is harmless.
   * When it resolves the object is durable and has been verified against `sizeBytes` and `sha256`.
   */
  write(key: string, source: StoredBytes, options?: { signal?: AbortSignal }): Promise<void>;

  /**
   * Size of what is stored under the key, with its SHA-256 (hex) from stores that keep one;
   * `undefined` when there is nothing.
   */
  stat(key: string): Promise<{ sizeBytes: number; sha256?: string } | undefined>;

  /** Deleting what is not there is not an error. */
  delete(key: string): Promise<void>;

  /** Every object whose key starts with the prefix, in no particular order. */
  list(prefix: string): AsyncIterable<ListedObject>;
}

/** Bytes of an object that has them: the first and the last one, counted from 0. */
export interface Part {
  first: number;
  last: number;
}

export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** When it was stored the last time, from stores that say it. */
  modifiedAt?: Date;
}

export interface StoredBytes {
  /** A file of this machine, or the bytes themselves. */
  from: { path: string } | { bytes: Uint8Array };
  sizeBytes: number;
  /** Hex. What is stored must have it; without one it only has to be what the source was. */
  sha256?: string;
  contentType: string;
  /** For stores that answer browsers themselves. */
  cacheControl?: string;
}
