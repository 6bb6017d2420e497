import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { checkKey } from '../storage/key.js';
import { s3Address, type OpenS3 } from '../storage/s3-original.js';
import {
  registerAll,
  type Found,
  type ImportOptions,
  type ImportResult,
} from './import-batches.js';
import { isNamedLikeImage } from './import-names.js';

export interface BucketImport extends ImportOptions {
  /** Absent: this installation has no access to S3, and the import is refused. */
  openS3?: OpenS3;
}

/**
 * Registers every image of a bucket whose key starts with a prefix, by its place, without copying or
 * processing it; importing again adds only what is new.
 * @param source `s3://bucket/prefix`; as in S3, `a` is also the beginning of `ab/c.jpg`
 */
export function importBucket(
  catalog: Catalog,
  source: string,
  { ownerId, onProgress, openS3 }: BucketImport,
): Promise<ImportResult> {
  const { bucket, key: prefix } = s3Address(source);
  if (openS3 === undefined) {
    throw new DarkroomError('InvalidInput', `Cannot import ${source}: no access to S3 is set up.`);
  }
  const keys = keysOf(openS3(bucket).list(prefix));
  return registerAll(catalog, imagesAmong(keys, { bucket, prefix, ownerId }), onProgress);
}

async function* keysOf(objects: AsyncIterable<{ key: string }>): AsyncGenerator<string> {
  for await (const { key } of objects) yield key;
}

async function* imagesAmong(
  keys: AsyncIterable<string>,
  { bucket, prefix, ownerId }: { bucket: string; prefix: string; ownerId: string },
): AsyncGenerator<Found> {
  const folder = prefix.lastIndexOf('/') + 1;
  for await (const key of keys) {
    const file = key.slice(folder);
    // Consoles store an empty object for a folder; hidden ones are somebody's bookkeeping.
    if (key.endsWith('/') || file.split('/').some((part) => part.startsWith('.'))) continue;
    const original = `s3://${bucket}/${key}`;
    const problem = problemOf(key);
    yield problem === undefined
      ? { image: { ownerId, original, fileName: file } }
      : { skipped: { file, ...problem } };
  }
}

/** By the name alone, because a look inside is a request an object; without an extension it may be one. */
function problemOf(key: string) {
  try {
    checkKey(key);
  } catch {
    return { kind: 'InvalidInput', reason: 'Darkroom cannot read such a key' } as const;
  }
  const named = /\.[^./]+$/.test(key);
  return named && !isNamedLikeImage(key) ? ({ kind: 'NotAnImage' } as const) : undefined;
}
