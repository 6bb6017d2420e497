import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { prepareOriginal } from '../../src/activities/prepare-original.js';
import { renderTier } from '../../src/activities/render-tier.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { scratchQueue } from '../../src/domain/ids.js';
import { picture } from '../support/pictures.js';
import {
  activityEnvironment,
  countingJobs,
  countingReads,
  openDeps,
  run,
  type OpenedDeps,
} from './open-deps.js';

describe('prepareOriginal', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;
  let photo: Buffer;

  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
    photo = await picture({ widthPx: 700, heightPx: 500 });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const prepare = (imageId: string, request = {}, other: Partial<ActivityDeps> = {}) =>
    run(prepareOriginal({ ...deps, ...other }), { imageId, request });

  /** Through all its tiers and words, as the workflow would. */
  async function finish(imageId: string): Promise<void> {
    const { build } = await prepare(imageId);
    if (build === undefined) throw new Error('there was nothing to build');
    for (const tier of build.tiers) await run(renderTier(deps), { imageId, build, tier });
    await opened.rows(
      `update images set metadata_state = 'done', embedding_state = 'done' where id = $1`,
      [imageId],
    );
  }

  it('says what to build, with which master, on which queue', async () => {
    const imageId = await opened.addOriginal(photo);
    const prepared = await prepare(imageId);
    expect(prepared).toEqual({
      fileName: 'harbour.jpg',
      steps: ['variants', 'metadata', 'embedding'],
      build: {
        imageKey: expect.stringMatching(/^variants\/[0-9a-f]{32}$/),
        recipe: deps.recipeHash,
        sha256: (await opened.image(imageId)).sha256,
        tiers: [
          { label: 'sm', widthPx: 640 },
          { label: 'md', widthPx: 700 },
        ],
        master: { widthPx: 700, heightPx: 500, channels: 3 },
        queue: scratchQueue(deps.scratch.id),
        force: false,
      },
    });
  });

  it('reads the original once and records what only its bytes can tell', async () => {
    const imageId = await opened.addOriginal(photo);
    const { storage, reads } = countingReads(deps.originals);
    await prepare(imageId, {}, { originals: storage });

    const image = await opened.image(imageId);
    expect(reads).toEqual([image.original]);
    expect(image).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      sizeBytes: photo.byteLength,
      mediaType: 'image/jpeg',
      widthPx: 700,
      heightPx: 500,
      placeholder: expect.any(String),
      imageKey: expect.stringMatching(/^variants\//),
      recipe: deps.recipeHash,
      formats: ['webp', 'avif'],
      status: 'processing',
      readyMaxWidthPx: 0,
    });
    expect(image.colors.length).toBeGreaterThan(0);
  });

  it('leaves the master in scratch, the preview in storage and nothing else', async () => {
    const imageId = await opened.addOriginal(photo);
    await prepare(imageId);

    const master = await stat(await opened.masterOf(imageId));
    expect(master.size).toBe(700 * 500 * 3);
    const { previewKey = '' } = await opened.image(imageId);
    const preview = await deps.originals.stat(previewKey);
    expect(preview?.sizeBytes).toBeGreaterThan(1000);
    expect(await opened.leftovers()).toEqual([]);
  });

  it('gives the same keys, files and row when it is repeated', async () => {
    const imageId = await opened.addOriginal(photo);
    const first = await prepare(imageId);
    const { updatedAt: _before, ...row } = await opened.image(imageId);
    const master = await readFile(await opened.masterOf(imageId));

    expect(await prepare(imageId)).toEqual(first);
    const { updatedAt: _after, ...again } = await opened.image(imageId);
    expect(again).toEqual(row);
    expect(master.equals(await readFile(await opened.masterOf(imageId)))).toBe(true);
  });

  it('gives the same bytes another key for another owner, recipe or installation', async () => {
    const key = async (ownerId: string, other: Partial<ActivityDeps> = {}) =>
      (await prepare(await opened.addOriginal(photo, { ownerId }), {}, other)).build?.imageKey;

    const mine = await key('ann');
    expect(await key('ann')).toBe(mine);
    const others = [
      await key('ben'),
      await key('ann', { recipeHash: 'another recipe' }),
      await key('ann', { secret: 'the secret of another installation' }),
    ];
    expect(new Set([mine, ...others]).size).toBe(4);
  });

  it('reads nothing of an image that is done', async () => {
    const imageId = await opened.addOriginal(photo);
    await finish(imageId);
    const { storage, reads } = countingReads(deps.originals);
    const { encoders, jobs } = countingJobs(deps.encoders);

    expect(await prepare(imageId, {}, { originals: storage, encoders })).toEqual({
      fileName: 'harbour.jpg',
      steps: [],
    });
    expect(reads).toEqual([]);
    expect(jobs).toEqual([]);
  });

  it('reads a done image again when it is forced or the recipe is another', async () => {
    const imageId = await opened.addOriginal(photo);
    await finish(imageId);
    const forced = await prepare(imageId, { force: true });
    expect(forced).toMatchObject({
      steps: ['variants', 'metadata', 'embedding'],
      build: { force: true },
    });
    const stale = await prepare(imageId, {}, { recipeHash: 'another recipe' });
    expect(stale).toMatchObject({ steps: ['variants'], build: { recipe: 'another recipe' } });
  });

  it('completes a done image that a lost pass left in the making, and no unfinished one', async () => {
    const imageId = await opened.addOriginal(photo);
    await finish(imageId);
    await prepare(imageId, { force: true });
    expect((await opened.image(imageId)).status).toBe('processing');
    expect(await prepare(imageId, { steps: ['variants'] })).toMatchObject({ steps: [] });
    expect((await opened.image(imageId)).status).toBe('completed');

    await opened.rows(
      `update images set status = 'processing', metadata_state = 'deferred' where id = $1`,
      [imageId],
    );
    await prepare(imageId, { steps: ['variants'] });
    expect((await opened.image(imageId)).status).toBe('processing');
  });

  it('does only the steps that were asked for', async () => {
    const imageId = await opened.addOriginal(photo);
    await prepare(imageId);
    const { storage, reads } = countingReads(deps.originals);

    const asked = await prepare(imageId, { steps: ['metadata'] }, { originals: storage });
    expect(asked).toEqual({ fileName: 'harbour.jpg', steps: ['metadata'] });
    expect(reads).toEqual([]);
  });

  it('records what was asked for also when the original need not be read', async () => {
    const imageId = await opened.addOriginal(photo);
    await finish(imageId);
    await opened.rows(
      `update images set metadata_state = 'pending', requested_steps = '{variants}', status = 'completed' where id = $1`,
      [imageId],
    );
    await prepare(imageId, { steps: ['metadata'] });
    const [row] = await opened.rows('select status, requested_steps from images where id = $1', [
      imageId,
    ]);
    expect(row).toEqual({ status: 'processing', requested_steps: ['metadata', 'variants'] });
    // What is done already starts nothing.
    await prepare(imageId, { steps: ['variants'] });
    await opened.rows(`update images set status = 'completed' where id = $1`, [imageId]);
    await prepare(imageId, { steps: ['variants'] });
    expect((await opened.image(imageId)).status).toBe('completed');
  });

  it('makes the preview that a description needs, and keeps no master for tiers that nobody wants', async () => {
    const imageId = await opened.addOriginal(photo);
    expect(await prepare(imageId, { steps: ['metadata'] })).toEqual({
      fileName: 'harbour.jpg',
      steps: ['metadata'],
    });
    expect((await opened.image(imageId)).previewKey).toBeDefined();
    expect((await opened.masters()).filter((name) => name.startsWith(imageId))).toEqual([]);
  });

  it('reads an original of this machine by its file: address', async () => {
    const path = join(opened.folder, 'on this machine.jpg');
    await writeFile(path, photo);
    const { encoders, jobs } = countingJobs(deps.encoders);
    const original = pathToFileURL(path).href;
    const image = { ownerId: 'ann', original, fileName: 'a.jpg' };
    const { id } = await deps.catalog.images.register(image);

    const { build } = await prepare(id, {}, { encoders });
    expect(build?.sha256).toBe((await opened.image(id)).sha256);
    expect(jobs).toEqual([{ job: 'prepare', priority: undefined, outputs: 0 }]);
  });

  it('hands the priority of its task to the encoders', async () => {
    const imageId = await opened.addOriginal(photo);
    const { encoders, jobs } = countingJobs(deps.encoders);
    const environment = activityEnvironment({ priority: { priorityKey: 1 } });
    await environment.run(prepareOriginal({ ...deps, encoders }), { imageId, request: {} });
    expect(jobs).toMatchObject([{ job: 'prepare', priority: 1 }]);
  });

  it.each([
    ['was deleted', `update images set deleted_at = now() where id = $1`],
    ['never was', `delete from images where id = $1`],
  ])('knows no image that %s', async (_, statement) => {
    const imageId = await opened.addOriginal(photo);
    await opened.rows(statement, [imageId]);
    const { storage, reads } = countingReads(deps.originals);
    await expect(prepare(imageId, {}, { originals: storage })).rejects.toMatchObject({
      kind: 'ImageNotFound',
    });
    expect(reads).toEqual([]);
  });

  it.each([
    ['ImageEmpty', () => Buffer.alloc(0)],
    ['NotAnImage', () => Buffer.from('Dear diary, today was nothing special at all. '.repeat(9))],
    ['ImageCorrupt', () => photo.subarray(0, photo.byteLength / 2)],
  ])('leaves nothing in scratch when the bytes are %s', async (kind, bytes) => {
    const imageId = await opened.addOriginal(bytes());
    await expect(prepare(imageId)).rejects.toMatchObject({ kind });
    expect(await opened.leftovers()).toEqual([]);
    expect((await opened.masters()).filter((name) => name.startsWith(imageId))).toEqual([]);
  });

  it('names an original that is gone', async () => {
    const imageId = await opened.addOriginal(photo);
    await deps.originals.delete((await opened.image(imageId)).original);
    await expect(prepare(imageId)).rejects.toMatchObject({ kind: 'OriginalMissing' });
    expect(await opened.leftovers()).toEqual([]);
  });

  it('leaves nothing in scratch when it is cancelled', async () => {
    const imageId = await opened.addOriginal(photo);
    const environment = activityEnvironment();
    const cancelling: ActivityDeps['encoders'] = {
      ...countingJobs(deps.encoders).encoders,
      run: (...job) => {
        const running = deps.encoders.run(...job);
        environment.cancel();
        return running;
      },
    };
    const preparing = environment.run(prepareOriginal({ ...deps, encoders: cancelling }), {
      imageId,
      request: {},
    });
    await expect(preparing).rejects.toThrow('CANCELLED');
    expect(await opened.leftovers()).toEqual([]);
    expect((await opened.image(imageId)).sha256).toBeUndefined();
  });

  it('leaves nothing of an attempt that the catalog did not hear of', async () => {
    const imageId = await opened.addOriginal(photo);
    const recordOriginal = () => Promise.reject(new DarkroomError('DatabaseUnavailable'));
    const images = { ...deps.catalog.images, recordOriginal };
    const away = prepare(imageId, {}, { catalog: { ...deps.catalog, images } });
    await expect(away).rejects.toMatchObject({ kind: 'DatabaseUnavailable' });
    expect(await opened.leftovers()).toEqual([]);

    expect((await prepare(imageId)).build).toBeDefined();
  });
});
