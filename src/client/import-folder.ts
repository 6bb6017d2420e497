import type { Dirent } from 'node:fs';
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
  const entries = await entriesOf(root).catch((error: NodeJS.ErrnoException) => {
    throw new DarkroomError('InvalidInput', `Cannot import ${root}: ${reasonOf(error)}.`);
  });
  for await (const found of filesIn(root, entries)) {
    const file = relative(root, found.path);
    if ('unreadable' in found) {
      yield { skipped: { file, kind: 'OriginalUnreadable', reason: found.unreadable } };
    } else {
      yield (await isImage(found.path))
        ? { image: { ownerId, original: pathToFileURL(found.path).href, fileName: file } }
        : { skipped: { file, kind: 'NotAnImage' } };
    }
  }
}

/** A file, or a folder that cannot be read and the reason; the rest of the library is none the worse. */
type OnDisk = { path: string } | { path: string; unreadable: string };

/** Hidden files and folders are somebody's bookkeeping, not photographs. */
async function* filesIn(folder: string, entries: Dirent[]): AsyncGenerator<OnDisk> {
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) {
      yield { path };
      continue;
    }
    const inside = await entriesOf(path).catch(reasonOf);
    if (typeof inside === 'string')
      yield { path, unreadable: `The folder is left out: ${inside}.` };
    else yield* filesIn(path, inside);
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const reason = {
    ENOENT: 'there is no such folder',
    ENOTDIR: 'it is not a folder',
    EACCES: 'it may not be read',
  }[error.code ?? ''];
  return reason ?? error.message;
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
