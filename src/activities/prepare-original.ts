import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { cancellationSignal } from '@temporalio/activity';
import { scratchQueue } from '../domain/ids.js';
import { STEPS, type Image, type Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { planTiers, type Tier } from '../domain/recipe.js';
import type { ActivityDeps } from './deps.js';
import { livingImage } from './living-image.js';
import { makeMaster, type Master, type MasterShape } from './make-master.js';

export interface PrepareOriginalInput {
  imageId: string;
  request: ProcessRequest;
}

/** What is to be done with an image, and with what. */
export interface PreparedImage {
  /** Steps that were asked for and are not done, or all that were asked for when forced. */
  steps: Step[];
  /** Present when variants are to be made. */
  build?: Build;
}

/** One set of variants in the making: these bytes by this recipe. */
export interface Build {
  imageKey: string;
  recipe: string;
  sha256: string;
  tiers: Tier[];
  master: MasterShape;
  /** The queue of the workers that have the master in their scratch folder. */
  queue: string;
  force: boolean;
}

/**
 * Reads the original once: limits, hash, type, oriented size, placeholder, colours, working master
 * and preview. Safe to repeat: the same bytes give the same keys, files and row.
 */
export const prepareOriginal =
  (deps: ActivityDeps) =>
  async ({ imageId, request }: PrepareOriginalInput): Promise<PreparedImage> => {
    const image = await livingImage(deps.catalog, imageId);
    const steps = stepsToDo(image, request, deps.recipeHash);
    const needsOriginal =
      steps.includes('variants') || (steps.length > 0 && image.previewKey === undefined);
    if (!needsOriginal) return { steps };

    await using folder = await deps.scratch.folder();
    const master = await makeMaster(deps, image, { folder, signal: cancellationSignal() });
    const imageKey = imageKeyOf(deps, image.ownerId, master.original.sha256);
    await recordFacts(deps, image, master, imageKey);
    if (!steps.includes('variants')) {
      // It was needed for the preview, and no tier will come to use it up.
      await rm(master.prepared.master.path, { force: true });
      return { steps };
    }
    return { steps, build: buildOf(deps, master, imageKey, request.force ?? false) };
  };

function stepsToDo(image: Image, { steps = [...STEPS], force }: ProcessRequest, recipe: string) {
  if (force) return steps;
  return steps.filter((step) => {
    if (step === 'variants') return !image.variantsReady || image.recipe !== recipe;
    return image.steps[step].state !== 'done';
  });
}

/** Repeatable, never shared between owners, and not guessable from a file that one holds. */
function imageKeyOf(
  { secret, recipeHash }: Pick<ActivityDeps, 'secret' | 'recipeHash'>,
  ownerId: string,
  sha256: string,
): string {
  const hmac = createHmac('sha256', secret).update(JSON.stringify([ownerId, sha256, recipeHash]));
  return `variants/${hmac.digest('hex').slice(0, 32)}`;
}

async function recordFacts(
  deps: ActivityDeps,
  image: Image,
  { original, prepared, previewPath }: Master,
  imageKey: string,
): Promise<void> {
  const previewKey = `previews/${image.id}.jpg`;
  await deps.originals.write(
    previewKey,
    {
      from: { path: previewPath },
      sizeBytes: prepared.previewBytes,
      contentType: 'image/jpeg',
    },
    { signal: cancellationSignal() },
  );
  await deps.catalog.images.recordOriginal(image.id, {
    ...prepared.facts,
    sha256: original.sha256,
    sizeBytes: original.sizeBytes,
    previewKey,
    imageKey,
    recipe: deps.recipeHash,
    formats: deps.recipe.formats.map(({ format }) => format),
  });
}

function buildOf(deps: ActivityDeps, master: Master, imageKey: string, force: boolean): Build {
  const { path: _path, ...shape } = master.prepared.master;
  return {
    imageKey,
    recipe: deps.recipeHash,
    sha256: master.original.sha256,
    tiers: planTiers(deps.recipe, shape.widthPx),
    master: shape,
    queue: scratchQueue(deps.scratch.id),
    force,
  };
}
