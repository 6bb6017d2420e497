import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import type { ImageView } from '../../src/client.js';
import { gate, type Gate } from '../support/gate.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { bytesIn } from '../support/stored.js';

describe('replacing the bytes of an image', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const photo = (seed: number, widthPx = 700) =>
    picture({ widthPx, heightPx: Math.round(widthPx * 0.7), seed });

  async function upload(body: Buffer, wait = true): Promise<string> {
    const { id } = await pipeline.darkroom.upload({ ownerId: 'ann', fileName: 'a.jpg', body });
    if (wait) await pipeline.darkroom.process(id, { wait: true });
    return id;
  }

  async function shown(imageId: string): Promise<ImageView> {
    const view = await pipeline.darkroom.image(imageId);
    if (view === undefined) throw new Error('The image is gone.');
    return view;
  }

  const ended = (imageId: string) =>
    pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).result();

  it('serves the old variants until the new ones are whole, then switches at once', async () => {
    const before: { encodes?: () => Promise<void> } = {};
    pipeline = await startPipeline({
      replace: (deps) => beforeEncodes(deps, async () => before.encodes?.()),
    });
    const { darkroom, deps } = pipeline;
    const id = await upload(await photo(1));
    const old = await shown(id);
    const keys = old.variants.map(({ key }) => key);
    const served = await bytesIn(deps.variants, keys);
    const seen: Pick<ImageView, 'readyMaxWidth' | 'variants'>[] = [];
    before.encodes = async () => {
      const { readyMaxWidth, variants } = await shown(id);
      seen.push({ readyMaxWidth, variants });
      expect(await bytesIn(deps.variants, keys)).toEqual(served);
    };
    await darkroom.replace(id, { body: await photo(2, 1300), fileName: 'dir/b.jpg' });
    await expect(darkroom.backfill.preview()).resolves.toMatchObject({ images: 1 });
    await ended(id);

    expect(seen.length).toBe(3);
    for (const { readyMaxWidth, variants } of seen) {
      expect(readyMaxWidth).toBe(700);
      expect(variants).toEqual(old.variants);
    }
    const after = await shown(id);
    expect(after).toMatchObject({
      ...{ status: 'completed', variantsReady: true, fileName: 'b.jpg' },
      ...{ readyMaxWidth: 1300, width: 1300 },
    });
    expect(after.variants.filter(({ key }) => keys.includes(key))).toEqual([]);
    // Pages that were made before the switch still name them.
    expect(await bytesIn(deps.variants, keys)).toEqual(served);
    await expect(darkroom.backfill.preview()).resolves.toMatchObject({ images: 0 });
  });

  it.for<['while its tiers are encoded' | 'while it is described']>([
    ['while its tiers are encoded'],
    ['while it is described'],
  ])('ends with the new bytes when it happens %s', async ([when]) => {
    const held = gate();
    const descriptions: Buffer[] = [];
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...describing(deps, when === 'while it is described' ? held : undefined, descriptions),
        ...(when === 'while its tiers are encoded' &&
          beforeEncodes(deps, (signal) => held.pass(signal))),
      }),
    });
    const { darkroom, deps } = pipeline;
    const id = await upload(await photo(1), false);
    await vi.waitUntil(() => held.waiting > 0, { timeout: 20_000 });
    const body = await photo(2, 800);
    await expect(darkroom.replace(id, { body })).resolves.toEqual({ replaced: true });
    held.open();
    await ended(id);

    const view = await shown(id);
    expect(view).toMatchObject({ status: 'completed', readyMaxWidth: 800, width: 800 });
    const image = await deps.catalog.images.get(id);
    expect(image?.original).toContain(`${id}-${image?.sha256}`);
    const current = view.variants.map(({ key }) => key);
    expect([...(await bytesIn(deps.variants, current)).keys()]).toHaveLength(4);
    expect(image?.buildingKey).toBeUndefined();
    // The last description is of the picture that is shown.
    expect(descriptions.at(-1)).toEqual(
      (await bytesIn(deps.originals, [`previews/${id}.jpg`])).get(`previews/${id}.jpg`),
    );
  });

  it('changes nothing when the bytes are the same', async () => {
    pipeline = await startPipeline();
    const { darkroom, deps } = pipeline;
    const body = await photo(1);
    const id = await upload(body);
    const before = await deps.catalog.images.get(id);
    await expect(darkroom.replace(id, { body, fileName: 'b.jpg' })).resolves.toEqual({
      replaced: false,
    });

    await expect(deps.catalog.images.get(id)).resolves.toEqual(before);
    expect(pipeline.encodes()).toBe(4);
  });

  it('makes a broken image whole', async () => {
    pipeline = await startPipeline();
    const { darkroom } = pipeline;
    const id = await upload(Buffer.from('no picture'), false);
    await ended(id).catch(() => undefined);
    await expect(shown(id)).resolves.toMatchObject({ status: 'failed', quarantined: true });
    await darkroom.replace(id, { body: await photo(1) });
    await ended(id);

    await expect(shown(id)).resolves.toMatchObject({
      ...{ status: 'completed', quarantined: false, readyMaxWidth: 700 },
      steps: { variants: { state: 'done' }, metadata: { state: 'done' } },
    });
  });

  it('is refused for an image that was deleted or never was', async () => {
    pipeline = await startPipeline();
    const { darkroom } = pipeline;
    const id = await upload(await photo(1));
    await darkroom.delete(id);
    for (const gone of [id, 'nonsense']) {
      await expect(darkroom.replace(gone, { body: await photo(2) })).rejects.toMatchObject({
        kind: 'ImageNotFound',
      });
    }
  });
});

function beforeEncodes(
  { encoders }: ActivityDeps,
  first: (signal?: AbortSignal) => Promise<void> | undefined,
): Partial<ActivityDeps> {
  return {
    encoders: {
      stats: () => encoders.stats(),
      run: async (job, input, options) => {
        if (job === 'encode') await first(options.signal);
        return encoders.run(job, input, options);
      },
      [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
    },
  };
}

/** Remembers what was described; behind the gate if there is one. */
function describing(
  { metadata }: ActivityDeps,
  held: Gate | undefined,
  descriptions: Buffer[],
): Partial<ActivityDeps> {
  return {
    metadata: {
      ...metadata,
      describe: async (seen, options) => {
        descriptions.push(Buffer.from(await seen.preview()));
        await held?.pass(options.signal);
        return metadata.describe(seen, options);
      },
    },
  };
}
