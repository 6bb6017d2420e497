import type { StorageLocation } from '../config/parsers.js';
import { openS3Storage } from './s3.js';
import type { Storage } from './storage.js';

/** Buckets that hold originals of somebody else, each opened once. */
export interface Buckets extends AsyncDisposable {
  readonly open: (bucket: string) => Storage;
}

/** @param like a store of ours: when it is in S3, other buckets are sought at the same endpoint. */
export function openBuckets(like: StorageLocation | undefined): Buckets {
  const at = like?.kind === 's3' ? like : undefined;
  const opened = new Map<string, ReturnType<typeof openS3Storage>>();
  return {
    open: (bucket) => {
      const storage = opened.get(bucket) ?? openS3Storage({ ...at, bucket, prefix: '' });
      opened.set(bucket, storage);
      return storage;
    },
    [Symbol.asyncDispose]: async () => {
      for (const storage of opened.values()) await storage[Symbol.asyncDispose]();
    },
  };
}
