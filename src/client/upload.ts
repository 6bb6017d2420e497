import { basename } from 'node:path';
import type { Catalog } from '../catalog/catalog.js';
import { originalKey } from '../domain/own-object.js';
import type { Storage } from '../storage/storage.js';
import { folderOf, spoolFile, type Body } from './keep-original.js';

export interface Upload {
  ownerId: string;
  /** As the person named it; shown, searched, never used as a path. */
  fileName: string;
  body: Body;
}

/**
 * Stores the bytes and registers the image. The same bytes from the same owner are the same image,
 * so uploading again changes nothing and gives the same id; a deleted one lives again.
 */
export async function storeUpload(
  { catalog, originals }: { catalog: Pick<Catalog, 'as'>; originals: Storage },
  { ownerId, fileName, body }: Upload,
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
