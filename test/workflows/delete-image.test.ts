import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/client.js';
import { deleteWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import type { Recipe } from '../../src/domain/recipe.js';
import { addOne } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { keysIn } from '../support/stored.js';

describe('deleteImage', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const photo = (seed = 1) => picture({ widthPx: 700, heightPx: 500, seed });
  const keys = (prefix?: string) => keysIn(pipeline.deps.originals, prefix);

  async function upload(body: Buffer) {
    const { darkroom } = pipeline;
    const stored = await darkroom.upload({ ownerId: 'ann', fileName: 'harbour.jpg', body });
    await darkroom.process(stored.id, { wait: true });
    return stored;
  }

  it('removes what is stored and known of an image, and the original when it is told to', async () => {
    pipeline = await startPipeline();
    const { darkroom, deps } = pipeline;
    const { id } = await upload(await photo());
    const original = await keys('originals/');
    expect(await keys()).toHaveLength(1 + 1 + 4);

    await expect(darkroom.delete(id)).resolves.toEqual({ originalRemoved: false });
    expect(await keys()).toEqual(original);
    await expect(darkroom.image(id)).resolves.toBeUndefined();
    await expect(darkroom.images()).resolves.toEqual([]);
    await expect(deps.catalog.images.variants(id)).resolves.toEqual([]);
    const tombstone = await deps.catalog.images.get(id);
    expect(tombstone).toMatchObject({ id, ownerId: 'ann', original: original[0] });
    for (const known of ['sha256', 'imageKey', 'previewKey', 'metadata', 'placeholder']) {
      expect(tombstone).not.toHaveProperty(known);
    }

    await expect(darkroom.delete(id, { original: true })).resolves.toEqual({
      originalRemoved: true,
    });
    expect(await keys()).toEqual([]);
    const again = await darkroom.delete(id, { original: true });
    expect(again).toBeDefined();
    await expect(deps.catalog.images.get(id)).resolves.toMatchObject({
      deletedAt: tombstone?.deletedAt,
    });
  });

  it('stops the encodes of an image that is being processed and leaves no object behind', async () => {
    pipeline = await startPipeline({ replace: () => ({ recipe: SLOW_RECIPE }) });
    const { darkroom, deps, temporal } = pipeline;
    const body = await picture({ widthPx: 3000, heightPx: 2000 });
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'large.jpg', body });
    await vi.waitUntil(
      async () =>
        (await darkroom.image(id))?.readyMaxWidth === 64 && deps.encoders.stats().busy === 1,
      { timeout: 30_000 },
    );
    await darkroom.delete(id, { original: true });

    expect(deps.encoders.stats()).toMatchObject({ busy: 0, waiting: 0 });
    const work = await temporal.workflow.getHandle(imageWorkflowId(id)).describe();
    expect(work.status.name).toBe('CANCELLED');
    expect(await keys()).toEqual([]);
  });

  it('removes what was stored and not recorded', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: ({ catalog }) => ({
        catalog: {
          ...catalog,
          images: { ...catalog.images, recordTier: async () => (await held.pass(), false) },
        },
      }),
    });
    const { darkroom } = pipeline;
    const body = await photo();
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'harbour.jpg', body });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    expect(await keys('variants/')).not.toEqual([]);
    held.open();
    await darkroom.delete(id);

    expect(await keys('variants/')).toEqual([]);
  });

  it('leaves an image whole that shares its objects, until that one goes too', async () => {
    pipeline = await startPipeline();
    const { darkroom } = pipeline;
    const body = await photo();
    await pipeline.addPictures({ 'one.jpg': body, 'two.jpg': body });
    const [two, one] = (await darkroom.images()).map(({ id }) => id);
    for (const id of [one, two]) await darkroom.process(id ?? '', { wait: true });
    const shared = await keys('variants/');
    expect(shared).toHaveLength(4);
    await darkroom.delete(one ?? '');

    expect(await keys('variants/')).toEqual(shared);
    const left = await darkroom.image(two ?? '');
    expect(left).toMatchObject({ status: 'completed', readyMaxWidth: 700 });
    expect(left?.variants.map(({ key }) => key).sort()).toEqual(shared);
    await darkroom.delete(two ?? '');
    expect(await keys()).toEqual([]);
  });

  it('never touches the file of an import, whose deletion another import respects', async () => {
    pipeline = await startPipeline();
    const { darkroom, photos } = pipeline;
    const id = await addOne(pipeline, 'mine.jpg');
    await expect(darkroom.delete(id, { original: true })).resolves.toEqual({
      originalRemoved: false,
    });

    expect(existsSync(join(photos, 'mine.jpg'))).toBe(true);
    await expect(darkroom.import(photos)).resolves.toMatchObject({ found: 1, added: 0 });
    await expect(darkroom.images()).resolves.toEqual([]);
  });

  it('lets an upload of the same bytes bring the image back under its id', async () => {
    pipeline = await startPipeline();
    const { darkroom } = pipeline;
    const body = await photo();
    const first = await upload(body);
    const before = await keys();
    await darkroom.delete(first.id, { original: true });
    const again = await upload(body);

    expect(again).toEqual({ id: first.id, created: true });
    await expect(darkroom.image(first.id)).resolves.toMatchObject({
      status: 'completed',
      variantsReady: true,
      metadata: { description: expect.any(String) },
    });
    expect(await keys()).toEqual(before);
  });

  it('takes nothing from an image that was uploaded again in the middle of its deletion', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: ({ catalog }) => ({
        catalog: {
          ...catalog,
          lifecycle: {
            ...catalog.lifecycle,
            markDeleted: async (imageId) => {
              await catalog.lifecycle.markDeleted(imageId);
              await held.pass();
            },
          },
        },
      }),
    });
    const { darkroom } = pipeline;
    const body = await photo();
    const { id } = await upload(body);
    const whole = await keys();
    const deleting = darkroom.delete(id, { original: true });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await expect(darkroom.image(id)).resolves.toBeUndefined();
    await upload(body);
    held.open();

    await expect(deleting).resolves.toEqual({ originalRemoved: false });
    expect(await keys()).toEqual(whole);
    await expect(darkroom.image(id)).resolves.toMatchObject({ status: 'completed' });
  });

  it('knows no image that never was', async () => {
    pipeline = await startPipeline();
    for (const id of ['01890000-0000-7000-8000-000000000000', 'nonsense']) {
      const deleting = pipeline.darkroom.delete(id);
      await expect(deleting).rejects.toThrow(DarkroomError);
      await expect(deleting).rejects.toMatchObject({ kind: 'ImageNotFound' });
    }
    const work = pipeline.temporal.workflow.getHandle(deleteWorkflowId('nonsense'));
    await expect(work.describe()).rejects.toThrow(WorkflowNotFoundError);
  });
});

/** A tier that is there at once, and one that takes a minute. */
const SLOW_RECIPE: Recipe = {
  tiers: [
    { label: 'sm', widthPx: 64 },
    { label: 'lg', widthPx: 3000 },
  ],
  formats: [{ format: 'avif', quality: 90, effort: 9, chromaSubsampling: '4:4:4' }],
};
