import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import { STEPS, type Step } from '../domain/image.js';
import type { Run, Scope } from '../domain/runs.js';
import type { BackfillInput } from '../workflows/messages.js';

export interface BackfillPreview {
  images: number;
  scope: Scope;
  steps: Step[];
  /** Bytes of variants that would be stored; 0 while no image is ready to judge by. */
  bytes: number;
  /** At the rate of the last run; absent before the first. */
  minutes?: number;
}

/** What a backfill would take and cost. */
export async function previewBackfill(
  { catalog, recipeHash }: { catalog: Catalog; recipeHash: () => Promise<string> },
  options: Omit<BackfillInput, 'resume'>,
): Promise<BackfillPreview> {
  checkIds(options);
  const { steps = [...STEPS], ownerId, ids, retryOf } = options;
  const { scope = retryOf === undefined ? 'missing' : 'failed' } = options;
  const inScope = await catalog.images.count({
    ...{ scope, steps },
    recipe: scope === 'stale' ? await recipeHash() : '',
    ...(ownerId !== undefined && { ownerId }),
    ...(ids !== undefined && { ids }),
    ...(retryOf !== undefined && { retryOf }),
  });
  const images = Math.min(inScope, options.limit ?? inScope);
  return { images, scope, steps, ...(await costOf(catalog, images, steps)) };
}

/** They travel in every input of the run, so there is an end to them. */
const MAX_IDS = 1000;

/** @throws DarkroomError `InvalidInput` for ids that the database could not even compare */
function checkIds({ ids = [] }: { ids?: string[] }): void {
  const strange = ids.find((imageId) => !isUuid(imageId));
  if (strange !== undefined) {
    throw new DarkroomError('InvalidInput', `"${strange}" is not the id of an image.`);
  }
  if (ids.length > MAX_IDS) {
    throw new DarkroomError('InvalidInput', `A run takes at most ${MAX_IDS} ids.`);
  }
}

/** From what there is already: bytes from the images that are ready, minutes from the last run. */
async function costOf(catalog: Catalog, images: number, steps: Step[]) {
  const { ready, variantBytes } = await catalog.images.stats();
  const bytes =
    steps.includes('variants') && ready > 0 ? Math.round((images * variantBytes) / ready) : 0;
  const rate = (await catalog.runs.list(20)).map(imagesAMinute).find((it) => it > 0);
  return { bytes, ...(rate !== undefined && { minutes: Math.ceil((images / rate) * 10) / 10 }) };
}

function imagesAMinute({ startedAt, finishedAt, done }: Run): number {
  const minutes = finishedAt ? (finishedAt.getTime() - startedAt.getTime()) / 60_000 : 0;
  return minutes > 0 ? done / minutes : 0;
}
