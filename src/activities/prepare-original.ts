import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { cancellationSignal } from '@temporalio/activity';
import { scratchQueue } from '../domain/ids.js';
import { sameSource, STEPS, type Image, type Step, type StepSource } from '../domain/image.js';
import { previewKey as previewKeyOf } from '../domain/own-object.js';
import type { ProcessRequest } from '../domain/process-request.js';
import { formatsFor, planTiers, type Tier } from '../domain/recipe.js';
import type { ActivityDeps } from './deps.js';
import { livingImage } from './living-image.js';
import { workingOn } from './working-on.js';
import { makeMaster, type Master, type MasterShape } from './make-master.js';

export interface PrepareOriginalInput {
  imageId: string;
  request: ProcessRequest;
}

/** What is to be done with an image, and with what. */
export interface PreparedImage {
  /** For people who look at the workflow; absent in what was recorded before it was told. */
  fileName?: string;
  /**
   * Steps that were asked for and are not done, or all that were asked for when forced. None when the
   * image got other bytes meanwhile or was deleted: the next pass, if there is one, knows better.
   */
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
    workingOn(image);
    const steps = stepsToDo(image, request, deps);
    const needsOriginal =
      steps.includes('variants') || (steps.length > 0 && image.previewKey === undefined);
    const { fileName } = image;
    if (!needsOriginal) {
      const { images } = deps.catalog;
      // A pass that did it again may have been lost, and the row still says that somebody is at it.
      await (steps.length > 0 ? images.recordRequest(imageId, steps) : images.settle(imageId));
      return { fileName, steps };
    }

    await using folder = await deps.scratch.folder();
    const master = await makeMaster(deps, image, { folder, signal: cancellationSignal() });
    const imageKey = imageKeyOf(deps, image.ownerId, master.original.sha256);
    const recorded = await recordFacts(deps, image, master, { imageKey, request });
    if (!recorded || !steps.includes('variants')) {
      // No tier will come to use it up: it was needed for the preview, or is of bytes of the past.
      await rm(master.prepared.master.path, { force: true });
      return { fileName, steps: recorded ? steps : [] };
    }
    return { fileName, steps, build: buildOf(deps, master, imageKey, request.force ?? false) };
  };

function stepsToDo(
  image: Image,
  { steps = [...STEPS], force }: ProcessRequest,
  { recipeHash, metadata, embedding }: ActivityDeps,
): Step[] {
  if (force) return steps;
  const { variantsReady, recipe } = image;
  const isToDo: Record<Step, boolean> = {
    variants: !variantsReady || recipe !== recipeHash || !isDone(image, 'variants'),
    metadata: !isDoneBy(image, 'metadata', metadata),
    embedding: !isDoneBy(image, 'embedding', embedding),
  };
  // Other words want another vector.
  if (steps.includes('metadata') && isToDo.metadata) isToDo.embedding = true;
  return steps.filter((step) => isToDo[step]);
}

function isDone(image: Image, step: Step): boolean {
  return image.steps[step].state === 'done';
}

/** By the provider, the model and the prompt of today, as far as is known who did it. */
function isDoneBy(image: Image, step: Step, { source: today }: { source: StepSource }): boolean {
  const { source = today } = image.steps[step];
  return isDone(image, step) && sameSource(source, today);
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
  { imageKey, request }: { imageKey: string; request: ProcessRequest },
): Promise<boolean> {
  const previewKey = previewKeyOf(image.id);
  await deps.originals.write(
    previewKey,
    {
      from: { path: previewPath },
      sizeBytes: prepared.previewBytes,
      contentType: 'image/jpeg',
    },
    { signal: cancellationSignal() },
  );
  const { animated, ...appearance } = prepared.facts;
  const facts = {
    ...appearance,
    sha256: original.sha256,
    sizeBytes: original.sizeBytes,
    previewKey,
    imageKey,
    requestedSteps: request.steps ?? [...STEPS],
    recipe: deps.recipeHash,
    formats: formatsFor(deps.recipe, { animated }).map(({ format }) => format),
  };
  return deps.catalog.images.recordOriginal(image.id, facts, image.original);
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
