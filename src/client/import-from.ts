import { stat } from 'node:fs/promises';
import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import type { ImportResult } from './import-batches.js';
import { importBucket, type BucketImport } from './import-bucket.js';
import { importFolder } from './import-folder.js';
import { importList, type ListImport } from './import-list.js';

/**
 * Registers every image of a source by its place: a folder, `s3://bucket/prefix`, or a file of
 * addresses that ends in .csv or .txt. Nothing is copied, fetched or processed; importing again adds
 * only what is new.
 * @throws DarkroomError `InvalidInput` in one line for a source that cannot be one
 */
export async function importFrom(
  catalog: Catalog,
  source: string,
  options: ListImport & BucketImport,
): Promise<ImportResult> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === 's3') return importBucket(catalog, source, options);
  if (scheme !== undefined) {
    const what = 'a folder, s3://bucket/prefix, or a .csv or .txt file of addresses';
    throw new DarkroomError('InvalidInput', `Cannot import ${source}: it must be ${what}.`);
  }
  return (await isList(source))
    ? importList(catalog, source, options)
    : importFolder(catalog, source, options);
}

/** A folder may be named like a list. */
async function isList(source: string): Promise<boolean> {
  if (!/\.(csv|txt)$/i.test(source)) return false;
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) {
    throw new DarkroomError('InvalidInput', `Cannot import ${source}: there is no such file.`);
  }
  return !found.isDirectory();
}
