import type { Readable } from 'node:stream';
import type { OwnerCatalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { ownObject, sha256InKey } from '../domain/own-object.js';
import type { Part, Storage } from '../storage/storage.js';

/** A file as it is stored, to be sent to somebody. */
export interface StoredFile {
  sizeBytes: number;
  mediaType: string;
  /** Other bytes have another. */
  version: string;
  /** As the person named it who brought it in; absent for variants. */
  fileName?: string;
  open(part?: Part): Promise<Readable>;
}

/** The file under a key that a variant can have; nothing else can be asked for. */
export async function variantFile(
  variants: Storage | undefined,
  key: string,
): Promise<StoredFile | undefined> {
  if (variants === undefined || ownObject(key)?.kind !== 'variant') return undefined;
  const mediaType = `image/${key.slice(key.lastIndexOf('.') + 1)}`;
  return fileIn(variants, key, { mediaType, version: key.slice(key.indexOf('/') + 1) });
}

/** The bytes that came in, if they are in our storage rather than at an address or in a folder. */
export async function originalFile(
  { images, originals }: Pick<OwnerCatalog, 'images'> & { originals: Storage | undefined },
  imageId: string,
): Promise<StoredFile | undefined> {
  const image = await images.get(imageId);
  if (image === undefined || image.deletedAt !== undefined) {
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  }
  if (originals === undefined || ownObject(image.original)?.kind !== 'original') return undefined;
  const { mediaType = 'application/octet-stream', fileName } = image;
  const version = sha256InKey(image.original) ?? '';
  return fileIn(originals, image.original, { mediaType, fileName, version });
}

async function fileIn(
  storage: Storage,
  key: string,
  facts: { mediaType: string; version: string; fileName?: string },
): Promise<StoredFile | undefined> {
  const found = await storage.stat(key);
  if (found === undefined) return undefined;
  return { ...found, ...facts, open: (part) => storage.read(key, part && { part }) };
}
