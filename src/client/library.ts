import type { Catalog, CatalogStats, ListPage, Reach } from '../catalog/catalog.js';
import type { Facets, ReadyCount } from '../catalog/overview.js';
import type { Image } from '../domain/image.js';
import type { Storage } from '../storage/storage.js';
import { viewOf, type ImageView } from './image-view.js';
import { originalFile, variantFile, type StoredFile } from './stored-files.js';

/** What there is, to be listed and shown. */
export interface Library {
  /** `undefined` when there is no such image or it was deleted. */
  image(imageId: string): Promise<ImageView | undefined>;

  /** Newest first; the last id of a page is the `after` of the next. */
  images(page?: Partial<ListPage>): Promise<Image[]>;

  /** As `images`, each with what a page needs to show it. */
  views(page?: Partial<ListPage>): Promise<ImageView[]>;

  /** Those of the images that there are, in the order asked for. */
  viewsOf: (imageIds: string[]) => Promise<ImageView[]>;

  /** What lists can be filtered by, the most frequent first. */
  facets(): Promise<Facets>;

  /** Images that became ready in each quarter of a minute of the last ten, oldest first. */
  throughput(): Promise<ReadyCount[]>;

  /** The stored file under the key of a variant; `undefined` for whatever else is asked for. */
  variant(key: string): Promise<StoredFile | undefined>;

  /**
   * The bytes that came in; `undefined` when they are not in our storage.
   * @throws DarkroomError `ImageNotFound`
   */
  original(imageId: string): Promise<StoredFile | undefined>;

  /** How many images, ready and failed ones, variants and bytes there are. */
  stats(): Promise<CatalogStats>;
}

/** Of it, what is about single images. */
export type Shown = Pick<Library, 'image' | 'images' | 'views' | 'viewsOf' | 'original'>;

export interface ShownDeps {
  reach: Reach;
  originals: Storage | undefined;
  variantBaseUrl: string;
}

export function shown({ reach, originals, variantBaseUrl }: ShownDeps): Shown {
  const { images, overview } = reach();
  const list = async (page: Partial<ListPage> = {}) =>
    reach(page.ownerId).images.list({ limit: 50, ...page });
  const viewed = async (found: Image[]): Promise<ImageView[]> => {
    const stored = await images.variantsOf(found.map(({ id }) => id));
    return found.map((it) => viewOf(it, stored.get(it.id) ?? [], variantBaseUrl));
  };
  return {
    image: async (imageId) => {
      const image = await images.get(imageId);
      if (image === undefined || image.deletedAt !== undefined) return undefined;
      return viewOf(image, await images.variants(imageId), variantBaseUrl);
    },
    images: list,
    views: async (page) => viewed(await list(page)),
    viewsOf: async (imageIds) => viewed(await overview.images(imageIds)),
    original: (imageId) => originalFile({ images, originals }, imageId),
  };
}

/** The rest of it: what is counted over all images, and files that whoever has their key may read. */
export function counted(
  { images, overview }: Catalog,
  variants: Storage | undefined,
): Omit<Library, keyof Shown> {
  return {
    facets: () => overview.facets(),
    throughput: () => overview.throughput(),
    variant: (key) => variantFile(variants, key),
    stats: () => images.stats(),
  };
}
