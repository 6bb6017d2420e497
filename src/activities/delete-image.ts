import { rm } from 'node:fs/promises';
import { cancellationSignal } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import { variantKey } from '../domain/ids.js';
import type { Image } from '../domain/image.js';
import { ownObject, previewKey } from '../domain/own-object.js';
import { FORMATS, planTiers } from '../domain/recipe.js';
import type { Storage } from '../storage/storage.js';
import type { ActivityDeps } from './deps.js';
import { tell } from './start-deliveries.js';

/** Nothing new starts on the image from now on. Safe to repeat: it stays deleted. */
export const markDeleted =
  (deps: ActivityDeps) =>
  async ({ imageId }: { imageId: string }): Promise<void> => {
    await deps.catalog.lifecycle.markDeleted(imageId);
    await tell(deps, imageId);
  };

/**
 * Ends what is being done with a deleted image. Safe to repeat: what has ended stays ended, and an
 * image that was brought in again meanwhile is left alone.
 */
export const stopImage =
  ({ catalog, images }: ActivityDeps) =>
  async ({ imageId }: { imageId: string }): Promise<void> => {
    const image = await catalog.images.get(imageId);
    if (image?.deletedAt === undefined) return;
    await images.stop(imageId, cancellationSignal());
    // An upload of the same bytes in this moment gave it a new life, whose work was stopped as well.
    const now = await catalog.images.get(imageId);
    if (now !== undefined && now.deletedAt === undefined) await images.start(now, {});
  };

export interface RemoveImageInput {
  imageId: string;
  /** The original too, if it is ours. */
  original: boolean;
}

export interface RemovedImage {
  originalRemoved: boolean;
}

/**
 * Removes what is stored of a deleted image, then what is known of it. Safe to repeat: the catalog
 * lists the objects until the last one is gone, and each is looked at again at the moment of its
 * removal. What a living image needs stays, also when it is this one, brought in again meanwhile.
 */
export const removeImage =
  (deps: ActivityDeps) =>
  async ({ imageId, original }: RemoveImageInput): Promise<RemovedImage> => {
    const image = await deps.catalog.images.get(imageId);
    if (image?.deletedAt === undefined) return { originalRemoved: false };
    for (const key of await variantKeys(deps, image)) await removeObject(deps, key);
    await removeObject(deps, previewKey(imageId));
    const originalRemoved = original && (await removeObject(deps, image.original));
    if (image.sha256 !== undefined) {
      await rm(deps.scratch.masterPath(imageId, image.sha256, deps.recipeHash), { force: true });
    }
    await deps.catalog.lifecycle.forget(imageId);
    return { originalRemoved };
  };

/** Of every build that is recorded, and of the last ones what was stored and not recorded. */
async function variantKeys({ catalog, recipe }: ActivityDeps, image: Image): Promise<Set<string>> {
  const recorded = (await catalog.images.variants(image.id)).map(({ key }) => key);
  const { imageKey, buildingKey, widthPx } = image;
  const tiers = widthPx === undefined ? [] : planTiers(recipe, widthPx);
  const planned = [imageKey, buildingKey].flatMap((key) =>
    key === undefined
      ? []
      : tiers.flatMap((tier) => FORMATS.map((format) => variantKey(key, tier.widthPx, format))),
  );
  return new Set([...recorded, ...planned]);
}

/** @returns false when it is not ours or somebody needs it */
async function removeObject(deps: ActivityDeps, key: string): Promise<boolean> {
  cancellationSignal().throwIfAborted();
  const object = ownObject(key);
  if (object === undefined) return false;
  const storage = object.kind === 'variant' ? configured(deps.variants) : deps.originals;
  const givenUp = object.kind === 'original' ? { ...object, givenUp: true } : object;
  return deps.catalog.lifecycle.removeUnused(givenUp, () => storage.delete(key));
}

function configured(variants: Storage | undefined): Storage {
  if (variants === undefined) throw new DarkroomError('StorageNotConfigured');
  return variants;
}
