import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import type { Image } from '../domain/image.js';

/** Its bytes were replaced and nobody has read the new ones yet: the pass that does is on its way. */
export function awaitsNewBytes({ sha256, imageKey }: Image): boolean {
  return sha256 === undefined && imageKey !== undefined;
}

/** The image, unless it was deleted or never was. @throws DarkroomError `ImageNotFound` */
export async function livingImage(catalog: Catalog, imageId: string): Promise<Image> {
  const image = await catalog.images.get(imageId);
  if (image === undefined || image.deletedAt !== undefined) {
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  }
  return image;
}
