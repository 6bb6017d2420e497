import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeImage, stopImage } from '../../src/activities/delete-image.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { prepareOriginal } from '../../src/activities/prepare-original.js';
import { renderTier } from '../../src/activities/render-tier.js';
import { storeOriginal } from '../../src/storage/store-original.js';
import type { Storage } from '../../src/storage/storage.js';
import { picture } from '../support/pictures.js';
import { keysIn } from '../support/stored.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

describe('removeImage', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;
  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  /** A deleted image with everything that one can have. */
  async function deleted(seed: number): Promise<string> {
    const body = await picture({ widthPx: 700, heightPx: 500, seed });
    const { id: imageId } = await storeOriginal(
      deps,
      { ownerId: 'ann', fileName: 'harbour.jpg', body },
      1e9,
    );
    const { build } = await run(prepareOriginal(deps), { imageId, request: {} });
    for (const tier of build?.tiers ?? []) {
      if (build) await run(renderTier(deps), { imageId, build, tier });
    }
    await deps.catalog.lifecycle.markDeleted(imageId);
    return imageId;
  }

  const remove = (imageId: string, other: Partial<ActivityDeps> = {}) =>
    run(removeImage({ ...deps, ...other }), { imageId, original: true });

  /** Works so many times, then breaks as a killed worker does: before the deed or right after it. */
  function breakingAfter(times: number, when: 'before' | 'after', storage: Storage): Storage {
    let left = times;
    const remove = async (key: string) => {
      left -= 1;
      if (left < 0 && when === 'before') throw new Error('killed');
      await storage.delete(key);
      if (left < 0) throw new Error('killed');
    };
    const { name } = storage;
    return Object.assign(Object.create(storage) as Storage, { name, delete: remove });
  }

  it('is whole when it is repeated, wherever it was killed', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let times = 0; times < 6; times++) {
        const imageId = await deleted(times);
        expect(await keysIn(deps.originals)).toHaveLength(6);
        const broken = breakingAfter(times, when, deps.originals);
        const other = { originals: broken, variants: broken };
        await expect(remove(imageId, other), `${when} ${times}`).rejects.toThrow('killed');
        await expect(remove(imageId)).resolves.toEqual({ originalRemoved: true });
        expect(await keysIn(deps.originals)).toEqual([]);
        await expect(deps.catalog.images.variants(imageId)).resolves.toEqual([]);
      }
    }
  });

  it('leaves no working master behind', async () => {
    const imageId = await deleted(50);
    const { build } = await run(prepareOriginal(deps), {
      imageId: (await again(50)).id,
      request: { force: true },
    });
    expect(build).toBeDefined();
    expect(await opened.masters()).toHaveLength(1);
    await deps.catalog.lifecycle.markDeleted(imageId);
    await remove(imageId);

    expect(await opened.masters()).toEqual([]);
  });

  async function again(seed: number) {
    const body = await picture({ widthPx: 700, heightPx: 500, seed });
    return storeOriginal(deps, { ownerId: 'ann', fileName: 'harbour.jpg', body }, 1e9);
  }

  it('takes nothing from an image that lives', async () => {
    const { id: imageId } = await again(60);
    const keys = await keysIn(deps.originals);
    await expect(remove(imageId)).resolves.toEqual({ originalRemoved: false });

    expect(await keysIn(deps.originals)).toEqual(keys);
  });

  it('says that it cannot look where the variants are', async () => {
    const imageId = await deleted(70);
    await expect(remove(imageId, { variants: undefined })).rejects.toMatchObject({
      kind: 'StorageNotConfigured',
    });
    await expect(deps.catalog.images.variants(imageId)).resolves.toHaveLength(4);
  });
});

describe('stopImage', () => {
  let opened: OpenedDeps;
  beforeAll(async () => {
    opened = await openDeps();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  it('starts again what was given a new life in the moment that it was stopped', async () => {
    const { deps } = opened;
    const imageId = await opened.addOriginal(await picture({ widthPx: 90, heightPx: 60 }));
    const { ownerId, original, fileName } = await opened.image(imageId);
    const did: string[] = [];
    const images: ActivityDeps['images'] = {
      ...deps.images,
      stop: async (id) => {
        did.push(`stop ${id}`);
      },
      start: async ({ id }) => {
        did.push(`start ${id}`);
      },
    };
    const stop = (other: Partial<ActivityDeps['images']> = {}) =>
      run(stopImage({ ...deps, images: { ...images, ...other } }), { imageId });

    await stop();
    expect(did).toEqual([]);
    await deps.catalog.lifecycle.markDeleted(imageId);
    await stop();
    expect(did).toEqual([`stop ${imageId}`]);
    await stop({
      stop: async () => {
        await deps.catalog.images.register({ ownerId, original, fileName });
      },
    });
    expect(did.slice(1)).toEqual([`start ${imageId}`]);
  });
});
