import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileTypeFromBuffer } from 'file-type';
import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import {
  registerAll,
  type Found,
  type ImportOptions,
  type ImportResult,
} from './import-batches.js';
import { isNamedLikeImage } from './import-names.js';

/** File types are told from the first bytes. */
const HEAD_BYTES = 4_100;

/**
 * Registers every image under a folder by its place, without copying or processing it; importing
 * again adds only what is new. What is named like an image is one, so that a broken file shows up
 * as a failure rather than vanish; other files are looked into.
 */
export function importFolder(
  catalog: Catalog,
  folder: string,
  { ownerId, onProgress }: ImportOptions,
): Promise<ImportResult> {
  return registerAll(catalog, imagesUnder(resolve(folder), ownerId), onProgress);
}

async function* imagesUnder(root: string, ownerId: string): AsyncGenerator<Found> {
  for await (const path of filesUnder(root)) {
    const file = relative(root, path);
    yield (await isImage(path))
      ? { image: { ownerId, original: pathToFileURL(path).href, fileName: file } }
      : { skipped: { file, kind: 'NotAnImage' } };
  }
}

/** Hidden files and folders are somebody's bookkeeping, not photographs. */
async function* filesUnder(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(refused(folder));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

function refused(folder: string) {
  return (error: NodeJS.ErrnoException): never => {
    const reason = {
      ENOENT: 'there is no such folder',
      ENOTDIR: 'it is not a folder',
      EACCES: 'it may not be read',
    }[error.code ?? ''];
    throw new DarkroomError('InvalidInput', `Cannot import ${folder}: ${reason ?? error.message}.`);
  };
}

async function isImage(path: string): Promise<boolean> {
  if (isNamedLikeImage(path)) return true;
  const type = await fileTypeFromBuffer(await firstBytes(path));
  return type?.mime.startsWith('image/') ?? false;
}

/** Empty when the file cannot be read: without an image's name it is not one for us. */
async function firstBytes(path: string): Promise<Buffer> {
  // Asked first, because opening a pipe waits for a writer.
  const regular = await stat(path)
    .then((found) => found.isFile())
    .catch(() => false);
  const file = regular ? await open(path).catch(() => undefined) : undefined;
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file.close();
  }
}
