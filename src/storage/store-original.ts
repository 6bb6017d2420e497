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

/** The catalog, in which the bytes become an image. */
interface Register {
  register(image: {
    ownerId: string;
    original: string;
    fileName: string;
    status: 'processing';
  }): Promise<{ id: string; created: boolean }>;
}

/**
 * Stores the bytes and registers the image. The same bytes from the same owner are the same image,
 * so storing again changes nothing and gives the same id; a deleted one lives again.
 * @throws DarkroomError `FileTooLarge`, `ImageEmpty`
 */
export async function storeOriginal(
  {
    catalog,
    originals,
  }: { catalog: { as(ownerId: string): { images: Register } }; originals: Storage },
  { ownerId, fileName, body }: NewOriginal,
  maxBytes: number,
): Promise<{ id: string; created: boolean }> {
  const { images } = catalog.as(ownerId);
  await using file = await spoolFile(body, maxBytes);
  const original = originalKey(folderOf(ownerId), file.sha256);
  await file.keep(originals, original);
  const stored = await images.register({
    ...{ ownerId, original, fileName: basename(fileName) },
    // The caller starts it now; if it dies before that, the sweep does.
    status: 'processing',
  });
  // Until it was registered, a deletion of the same image may have removed the bytes.
  await file.keep(originals, original);
  return stored;
}
