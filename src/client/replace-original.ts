import { basename } from 'node:path';
import type { OwnerCatalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import type { Image } from '../domain/image.js';
import { originalKey, sha256InKey } from '../domain/own-object.js';
import type { Storage } from '../storage/storage.js';
import { folderOf, spoolFile, type Body } from '../storage/keep-original.js';

export interface Replacement {
  body: Body;
  /** Its new name; without one the image keeps the old. */
  fileName?: string;
}

/**
 * Stores the bytes under a key of this image alone and points the image to them. The old original
 * stays until the sweep, because work that is under way may still read it.
 * @returns false when the image has these bytes already, and nothing was changed
 */
export async function replaceOriginal(
  { catalog, originals }: { catalog: Pick<OwnerCatalog, 'lifecycle'>; originals: Storage },
  image: Image,
  { body, fileName, maxBytes }: Replacement & { maxBytes: number },
): Promise<boolean> {
  await using file = await spoolFile(body, maxBytes);
  if (file.sha256 === (image.sha256 ?? sha256InKey(image.original))) return false;
  const original = originalKey(folderOf(image.ownerId), file.sha256, image.id);
  await file.keep(originals, original);
  const replaced = await catalog.lifecycle.replaceOriginal(image.id, {
    original,
    ...(fileName !== undefined && { fileName: basename(fileName) }),
  });
  if (!replaced) throw new DarkroomError('ImageNotFound', `There is no image ${image.id}.`);
  // Until the row named them, a sweep may have removed the bytes of an earlier replacement.
  await file.keep(originals, original);
  return true;
}
