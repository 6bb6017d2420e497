import type { Catalog } from '../catalog/catalog.js';
import type { Image } from '../domain/image.js';
import { viewOf, type ImageView } from './image-view.js';

/** One question for the variants of all of them, instead of one each. */
export async function viewsIn(
  catalog: Catalog,
  images: Image[],
  variantBaseUrl: string,
): Promise<ImageView[]> {
  const variants = await catalog.overview.variants(images.map(({ id }) => id));
  return images.map((image) => viewOf(image, variants.get(image.id) ?? [], variantBaseUrl));
}
