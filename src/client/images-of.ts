import type { Reach } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import type { Image } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { shown, type Shown, type ShownDeps } from './library.js';
import { search, type Search, type SearchDeps } from './search/search.js';
import { ended, startImage } from './start-image.js';
import { storyOf, type Story } from './story.js';
import { upkeep, type Upkeep, type UpkeepDeps } from './upkeep.js';

/** What is done with images that are there: with all of them, or with those of one owner. */
export interface Images extends Shown, Search, Omit<Upkeep, 'sweep' | 'fsck'> {
  /**
   * Starts an image, or hands the request to the work that is under way; with `wait` resolves when
   * it has ended.
   * @throws DarkroomError `ImageNotFound`; with `wait` also of the kind that the image failed with
   */
  process(imageId: string, request?: ProcessRequest & { wait?: boolean }): Promise<void>;

  /**
   * Every try of every step of the newest work on the image, from Temporal; the last state of each
   * step from the catalog when Temporal has forgotten it or is away. `undefined` when there is no
   * such image or it was deleted.
   */
  story(imageId: string): Promise<Story | undefined>;
}

type ImagesDeps = Omit<ShownDeps, 'reach'> &
  Omit<SearchDeps, 'reach' | 'viewsOf'> &
  Omit<UpkeepDeps, 'catalog'>;

/** @param reach how far it goes: what it does not give is not there */
export function imagesOf(deps: ImagesDeps, reach: Reach): Images {
  const { client } = deps;
  const catalog = reach();
  const seen = shown({ ...deps, reach });
  return {
    ...seen,
    ...search({ ...deps, reach, viewsOf: seen.viewsOf }),
    ...upkeep({ ...deps, catalog }),
    process: async (imageId, { wait = false, ...request } = {}) => {
      const image = await living(reach, imageId);
      const handle = await startImage(client, image, request);
      if (wait) await ended(handle);
    },
    story: (imageId) => storyOf({ client, catalog }, imageId),
  };
}

async function living(reach: Reach, imageId: string): Promise<Image> {
  const image = await reach().images.get(imageId);
  if (image !== undefined && image.deletedAt === undefined) return image;
  throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
}
