import { access, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { prepareOriginal, type Build } from '../../src/activities/prepare-original.js';
import { readAll } from '../../src/activities/read-all.js';
import { renderTier } from '../../src/activities/render-tier.js';
import { scratchQueue } from '../../src/domain/ids.js';
import type { Recipe, Tier } from '../../src/domain/recipe.js';
import type { Storage } from '../../src/storage/storage.js';
import { picture } from '../support/pictures.js';
import {
  activityEnvironment,
  countingJobs,
  countingReads,
  openDeps,
  run,
  storeBytes,
  type OpenedDeps,
} from './open-deps.js';

/** The default widths in a format that takes minutes. */
const SLOW: Recipe = {
  tiers: [{ label: 'lg', widthPx: 1920 }],
  formats: [{ format: 'avif', quality: 90, effort: 9, chromaSubsampling: '4:4:4' }],
};

describe('renderTier', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;
  let photo: Buffer;

  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
    photo = await picture({ widthPx: 700, heightPx: 500 });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  interface Prepared {
    imageId: string;
    build: Build;
    /** 640 px and, the last, 700 px. */
    tiers: [Tier, Tier];
  }

  async function prepared(bytes = photo): Promise<Prepared> {
    const imageId = await opened.addOriginal(bytes);
    const { build } = await run(prepareOriginal(deps), { imageId, request: {} });
    const [sm, md] = build?.tiers ?? [];
    if (!build || !sm || !md) throw new Error('the picture was to have two tiers');
    return { imageId, build, tiers: [sm, md] };
  }

  const render = (
    { imageId, build }: Pick<Prepared, 'imageId' | 'build'>,
    tier: Tier,
    other: Partial<ActivityDeps> = {},
  ) => run(renderTier({ ...deps, ...other }), { imageId, build, tier });

  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );

  function storage() {
    if (deps.variants === undefined) throw new Error('the test has a storage for variants');
    return deps.variants;
  }

  it('stores every format of the tier and records what was stored', async () => {
    const image = await prepared();
    const rendered = await render(image, image.tiers[0]);
    expect(rendered).toEqual({ encoded: 2, queue: scratchQueue(deps.scratch.id) });

    const variants = await deps.catalog.images.variants(image.imageId);
    expect(variants.map(({ tier, widthPx, format }) => ({ tier, widthPx, format }))).toEqual([
      { tier: 'sm', widthPx: 640, format: 'avif' },
      { tier: 'sm', widthPx: 640, format: 'webp' },
    ]);
    for (const { key, format, sizeBytes, heightPx } of variants) {
      expect(key).toBe(`${image.build.imageKey}_640.${format}`);
      const bytes = await readAll(await storage().read(key));
      expect(bytes.byteLength).toBe(sizeBytes);
      const found = await sharp(bytes).metadata();
      expect(found).toMatchObject({ width: 640, height: heightPx });
    }
    expect(await opened.leftovers()).toEqual([]);
  });

  it('moves the ready width tier by tier, and the last tier makes the variants ready', async () => {
    const image = await prepared();
    await render(image, image.tiers[0]);
    expect(await opened.image(image.imageId)).toMatchObject({
      readyMaxWidthPx: 640,
      variantsReady: false,
      steps: { variants: { state: 'pending' } },
    });
    await render(image, image.tiers[1]);
    expect(await opened.image(image.imageId)).toMatchObject({
      readyMaxWidthPx: 700,
      variantsReady: true,
      steps: { variants: { state: 'done' } },
    });
  });

  it('keeps the master until the last tier is done', async () => {
    const image = await prepared();
    const master = await opened.masterOf(image.imageId);
    await render(image, image.tiers[0]);
    expect(await exists(master)).toBe(true);
    await render(image, image.tiers[1]);
    expect(await exists(master)).toBe(false);
  });

  it('encodes nothing when it is repeated, not even for the last tier whose master is gone', async () => {
    const image = await prepared();
    for (const tier of image.tiers) await render(image, tier);
    const before = await deps.catalog.images.variants(image.imageId);
    const { encoders, jobs } = countingJobs(deps.encoders);

    for (const tier of image.tiers) {
      expect(await render(image, tier, { encoders })).toMatchObject({ encoded: 0 });
    }
    expect(jobs).toEqual([]);
    expect(await deps.catalog.images.variants(image.imageId)).toEqual(before);
    expect((await opened.image(image.imageId)).readyMaxWidthPx).toBe(700);
  });

  it('gives the same bytes when it is forced to encode again', async () => {
    const image = await prepared();
    await render(image, image.tiers[0]);
    const before = await deps.catalog.images.variants(image.imageId);
    const forced = { ...image, build: { ...image.build, force: true } };
    expect(await render(forced, image.tiers[0])).toMatchObject({ encoded: 2 });
    expect(await deps.catalog.images.variants(image.imageId)).toEqual(before);
  });

  it.each([
    ['vanished', (key: string) => storage().delete(key)],
    ['has another size', (key: string) => storeBytes(storage(), key, Buffer.from('half a file'))],
  ])('encodes a recorded variant again when its object %s', async (_, harm) => {
    const image = await prepared();
    await render(image, image.tiers[0]);
    const before = await deps.catalog.images.variants(image.imageId);
    const webp = before.find(({ format }) => format === 'webp');
    await harm(webp?.key ?? '');
    const { encoders, jobs } = countingJobs(deps.encoders);

    expect(await render(image, image.tiers[0], { encoders })).toMatchObject({ encoded: 1 });
    expect(jobs).toMatchObject([{ job: 'encode', outputs: 1 }]);
    expect(await storage().stat(webp?.key ?? '')).toEqual({ sizeBytes: webp?.sizeBytes });
    expect(await deps.catalog.images.variants(image.imageId)).toEqual(before);
  });

  it('makes a missing master again, from one more read of the original', async () => {
    const image = await prepared();
    await rm(await opened.masterOf(image.imageId));
    const { storage: originals, reads } = countingReads(deps.originals);
    const { encoders, jobs } = countingJobs(deps.encoders);
    const environment = activityEnvironment({ priority: { priorityKey: 1 } });
    const activity = renderTier({ ...deps, originals, encoders });
    const [sm, md] = image.tiers;

    const { imageId, build } = image;
    const rendered = await environment.run(activity, { imageId, build, tier: sm });
    expect(rendered).toMatchObject({ encoded: 2 });
    expect(reads).toEqual([(await opened.image(imageId)).original]);
    expect(jobs).toMatchObject([
      { job: 'prepare', priority: 1 },
      { job: 'encode', priority: 1 },
    ]);
    await render(image, md, { originals });
    expect(reads).toHaveLength(1);
    expect(await opened.leftovers()).toEqual([]);
  });

  it('notices an original that was replaced during the build', async () => {
    const image = await prepared();
    await rm(await opened.masterOf(image.imageId));
    const { original } = await opened.image(image.imageId);
    await storeBytes(deps.originals, original, await picture({ widthPx: 800, heightPx: 90 }));

    await expect(render(image, image.tiers[0])).rejects.toMatchObject({
      kind: 'OriginalMissing',
      message: 'The original was replaced while it was processed.',
    });
    expect(await deps.catalog.images.variants(image.imageId)).toEqual([]);
    expect(await opened.leftovers()).toEqual([]);
    const masters = await opened.masters();
    expect(masters.filter((name) => name.startsWith(image.imageId))).toEqual([]);
  });

  it('stores and records what is encoded although it is cancelled meanwhile', async () => {
    const image = await prepared();
    const environment = activityEnvironment();
    const write: Storage['write'] = async (key, source, options) => {
      environment.cancel();
      await storage().write(key, source, options);
    };
    const variants = Object.assign(Object.create(storage()) as Storage, { write });
    const [tier] = image.tiers;
    const input = { imageId: image.imageId, build: image.build, tier };
    await environment.run(renderTier({ ...deps, variants }), input);
    expect(await deps.catalog.images.variants(image.imageId)).toHaveLength(2);
    expect((await opened.image(image.imageId)).readyMaxWidthPx).toBe(tier.widthPx);
  });

  it('tells stores that variants may be kept for ever', async () => {
    const image = await prepared();
    const said: (string | undefined)[] = [];
    const write: Storage['write'] = (key, source, options) => {
      said.push(source.cacheControl);
      return storage().write(key, source, options);
    };
    const variants = Object.assign(Object.create(storage()) as Storage, { write });
    await render(image, image.tiers[0], { variants });
    expect(said).toEqual(Array(2).fill('public, max-age=31536000, immutable'));
  });

  it('encodes nothing by a recipe that is another by now, says so and drops the master', async () => {
    const image = await prepared();
    const other = render(image, image.tiers[0], { recipeHash: 'another recipe' });
    await expect(other).resolves.toMatchObject({ encoded: 0, otherRecipe: true });
    expect(await exists(await opened.masterOf(image.imageId))).toBe(false);
  });

  it('refuses to work without a storage for variants', async () => {
    const image = await prepared();
    const without = render(image, image.tiers[0], { variants: undefined });
    await expect(without).rejects.toMatchObject({ kind: 'StorageNotConfigured' });
  });

  it('records nothing of a tier that could not be stored', async () => {
    const image = await prepared();
    const write = () => Promise.reject(new Error('the storage burns'));
    const burning = render(image, image.tiers[0], { variants: { ...storage(), write } });
    await expect(burning).rejects.toThrow('the storage burns');
    expect(await deps.catalog.images.variants(image.imageId)).toEqual([]);
    expect((await opened.image(image.imageId)).readyMaxWidthPx).toBe(0);
    expect(await opened.leftovers()).toEqual([]);
  });

  it('ends within a second when it is cancelled in mid-encode, and its encoder with it', async () => {
    const image = await prepared(await picture({ widthPx: 1920, heightPx: 1440 }));
    const tier = { label: 'lg', widthPx: 1920 } as const;
    const environment = activityEnvironment();
    const rendering = environment.run(renderTier({ ...deps, recipe: SLOW }), { ...image, tier });
    const ended = rendering.then(
      () => 'rendered',
      (error: unknown) => error,
    );
    // The process is warm, so it has the job as soon as it is busy.
    await vi.waitUntil(() => deps.encoders.stats().busy === 1);
    const { pids } = deps.encoders.stats();
    expect(pids).toHaveLength(1);

    const cancelledAt = performance.now();
    environment.cancel();
    await expect(ended).resolves.toMatchObject({ name: 'CancelledFailure' });
    expect(performance.now() - cancelledAt).toBeLessThan(1000);
    expect(deps.encoders.stats()).toMatchObject({ busy: 0, lost: 0, pids: [] });
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await opened.leftovers()).toEqual([]);
    expect(await deps.catalog.images.variants(image.imageId)).toEqual([]);
  });
});
