import { DarkroomError } from '../domain/failures.js';
import type { Storage } from './storage.js';

/** Opens a bucket with the credentials of this installation. */
export type OpenS3 = (bucket: string) => Storage;

/**
 * Bucket and key (or prefix) of `s3://bucket/key`. Not by URL: a key may contain `#`, `?`, `%` and
 * blanks, and means them. @throws DarkroomError `InvalidInput`
 */
export function s3Address(address: string): { bucket: string; key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*))?$/is.exec(address) ?? [];
  if (bucket === undefined) {
    throw new DarkroomError('InvalidInput', `${address} is not s3://bucket/key`);
  }
  return { bucket, key };
}
