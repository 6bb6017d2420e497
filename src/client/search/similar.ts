import type { Reach } from '../../catalog/catalog.js';
import { checkSearch } from '../../domain/check-search.js';
import { colorName } from '../../domain/color-names.js';
import { DarkroomError } from '../../domain/failures.js';
import type { DominantColor } from '../../domain/image.js';
import type { Why } from '../../domain/search.js';
import { cutOffOf } from '../../embedding/cut-off.js';
import type { ImageView } from '../image-view.js';
import { named } from './all-ways.js';
import type { QuerySpace } from './query-space.js';
import type { SearchResult } from './search.js';

export interface SimilarDeps {
  reach: Reach;
  viewsOf: (imageIds: string[]) => Promise<ImageView[]>;
  minLikeness: number;
  spaceForQueries: () => Promise<QuerySpace | undefined>;
}

const PAGE = 12;

/** What people notice first that two pictures have in common. */
const NOTICED_SHARE = 0.15;

/** The images whose descriptions are most like that of the image, which has its vector already. */
export async function findSimilar(
  { reach, viewsOf, minLikeness, spaceForQueries }: SimilarDeps,
  imageId: string,
  { limit = PAGE, owner }: { limit?: number; owner?: string } = {},
): Promise<SearchResult> {
  const filter = owner === undefined ? {} : { ownerId: owner };
  checkSearch({ ...filter, limit });
  const known = reach();
  const image = await known.images.get(imageId);
  if (image === undefined || image.deletedAt !== undefined) {
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  }
  const vectors = await known.search.vectorsOf(imageId);
  // That which most images have, or else any that it has itself.
  const inUse = (await spaceForQueries())?.space;
  const own =
    vectors.find(({ space }) => space.model === inUse?.model && space.dims === inUse.dims) ??
    vectors[0];
  if (own === undefined) return { hits: [], nothingFound: 'notEmbedded' };

  const found = await reach(owner).search.byMeaning({
    ...{ ...own, filter, limit, except: imageId },
    minLikeness: cutOffOf(own.space, minLikeness).similar,
  });
  const views = new Map((await viewsOf(found.map((it) => it.imageId))).map((it) => [it.id, it]));
  const hits = found.flatMap(({ imageId: id, likeness }) => {
    const view = views.get(id);
    if (view === undefined) return [];
    const meaning: Why = { by: 'meaning', likeness, ...named(own.space) };
    return [{ image: view, score: likeness, why: [meaning, ...shared(image.colors, view.colors)] }];
  });
  return hits.length === 0 ? { hits, nothingFound: 'nothingClose' } : { hits };
}

/** The colours that both have much of. */
function shared(a: DominantColor[], b: DominantColor[]): Why[] {
  const ours = noticed(a);
  const colors = [...noticed(b)]
    .filter(([name]) => ours.has(name))
    .map(([name, share]) => ({ name, share }));
  return colors.length === 0 ? [] : [{ by: 'color', colors }];
}

function noticed(colors: DominantColor[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { hex, share } of colors) {
    const name = colorName(hex);
    shares.set(name, (shares.get(name) ?? 0) + share);
  }
  return new Map([...shares].filter(([, share]) => share >= NOTICED_SHARE));
}
