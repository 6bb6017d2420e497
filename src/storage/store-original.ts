import { basename } from 'node:path';
import { originalKey } from '../domain/own-object.js';
import { folderOf, spoolFile, type Body } from './keep-original.js';
import type { Storage } from './storage.js';

export interface NewOriginal {
  ownerId: string;
  /** As the person named it; shown, searched, never used as a path. */
  fileName: string;
  body: Body;
}

/** What is stored, on its way to becoming an image. */
export interface StoredOriginal {
  ownerId: string;
  /** Its key. */
  original: string;
  fileName: string;
  /** The caller starts it at once; if it dies before that, the sweep does. */
  status: 'processing';
}

interface Keeping<T> {
  originals: Storage;
  /** Makes it an image; nothing when nobody wants it any more. */
  register: (stored: StoredOriginal) => Promise<T>;
}

/** The catalog, in which the bytes become an image. */
interface Register {
  register: (stored: StoredOriginal) => Promise<{ id: string; created: boolean }>;
}

/**
 * Stores the bytes and registers the image. The same bytes from the same owner are the same image,
 * so storing again changes nothing and gives the same id; a deleted one lives again.
 * @throws DarkroomError `FileTooLarge`, `ImageEmpty`
 */
export async function storeOriginal(
  deps: { catalog: { as(ownerId: string): { images: Register } }; originals: Storage },
  added: NewOriginal,
  maxBytes: number,
): Promise<{ id: string; created: boolean }> {
  const { register } = deps.catalog.as(added.ownerId).images;
  return storeAndRegister({ originals: deps.originals, register }, added, maxBytes);
}

/** As `storeOriginal`, where the caller says how the bytes become an image, and whether. */
export async function storeAndRegister<T extends object | undefined>(
  { originals, register }: Keeping<T>,
  { ownerId, fileName, body }: NewOriginal,
  maxBytes: number,
): Promise<T> {
  await using file = await spoolFile(body, maxBytes);
  const original = originalKey(folderOf(ownerId), file.sha256);
  await file.keep(originals, original);
  const status = 'processing';
  const image = await register({ ownerId, original, fileName: basename(fileName), status });
  // Until it was registered, a deletion of the same image may have removed the bytes.
  if (image !== undefined) await file.keep(originals, original);
  return image;
}
