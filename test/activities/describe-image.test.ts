import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { describeImage } from '../../src/activities/describe-image.js';
import { prepareOriginal } from '../../src/activities/prepare-original.js';
import type { Metadata } from '../../src/domain/image.js';
import type { DescribablePicture, MetadataProvider } from '../../src/metadata/metadata.js';
import { picture } from '../support/pictures.js';
import { activityEnvironment, countingReads, openDeps, run, type OpenedDeps } from './open-deps.js';

const WORDS: Metadata = {
  description: 'A harbour at dusk.',
  tags: ['harbour', 'dusk'],
  category: 'travel',
  dominantColors: ['blue'],
  mood: 'calm',
};

describe('describeImage', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;
  let photo: Buffer;

  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
    photo = await picture({ widthPx: 900, heightPx: 600 });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  async function prepared(): Promise<string> {
    const imageId = await opened.addOriginal(photo);
    await run(prepareOriginal(deps), { imageId, request: {} });
    return imageId;
  }

  /** A provider that looks at the preview and says the given words. */
  function looking(words = WORDS) {
    const seen: (DescribablePicture & { bytes: Buffer; signal: AbortSignal | undefined })[] = [];
    const metadata: MetadataProvider = {
      source: { provider: 'observer', model: 'eyes', version: '2' },
      describe: async (shown, { signal }) => {
        seen.push({ ...shown, bytes: await shown.preview(), signal });
        return words;
      },
    };
    return { metadata, seen };
  }

  it('files the words of the builtin provider in the catalog', async () => {
    const imageId = await prepared();
    expect(await run(describeImage(deps), { imageId })).toEqual({ provider: 'builtin' });
    const { metadata, steps } = await opened.image(imageId);
    expect(metadata?.tags).toContain('harbour');
    expect(metadata?.description).not.toBe('');
    expect(steps.metadata).toEqual({ state: 'done', source: deps.metadata.source });
  });

  it('replaces the words when it is repeated', async () => {
    const imageId = await prepared();
    const before = looking({ ...WORDS, description: 'Something blue.', tags: ['blue'] });
    await run(describeImage({ ...deps, metadata: before.metadata }), { imageId });
    const after = looking();
    await run(describeImage({ ...deps, metadata: after.metadata }), { imageId });

    const image = await opened.image(imageId);
    expect(image.metadata).toEqual(WORDS);
    expect(image.steps.metadata.source).toEqual(after.metadata.source);
  });

  it('shows the preview and what is known, and never reads the original', async () => {
    const imageId = await prepared();
    const { storage, reads } = countingReads(deps.originals);
    const { metadata, seen } = looking();
    await run(describeImage({ ...deps, originals: storage, metadata }), { imageId });

    const image = await opened.image(imageId);
    expect(reads).toEqual([image.previewKey]);
    expect(seen).toMatchObject([
      {
        ...{ fileName: 'harbour.jpg', widthPx: 900, heightPx: 600 },
        ...{ colors: image.colors, brightness: image.brightness },
      },
    ]);
    const shown = await sharp(seen[0]?.bytes).metadata();
    expect(shown).toMatchObject({ format: 'jpeg', width: 512, height: 341 });
  });

  it('reads nothing for a provider that does not look', async () => {
    const imageId = await prepared();
    const { storage, reads } = countingReads(deps.originals);
    const metadata = { ...looking().metadata, describe: async () => WORDS };
    await run(describeImage({ ...deps, originals: storage, metadata }), { imageId });
    expect(reads).toEqual([]);
  });

  it('says clearly that an image has no preview', async () => {
    const imageId = await opened.addOriginal(photo);
    const { metadata, seen } = looking();
    const describing = run(describeImage({ ...deps, metadata }), { imageId });
    await expect(describing).rejects.toMatchObject({
      kind: 'OriginalMissing',
      message: 'The image has no preview to describe.',
    });
    expect(seen).toEqual([]);
  });

  it('knows no image that was deleted', async () => {
    const imageId = await prepared();
    await opened.rows('update images set deleted_at = now() where id = $1', [imageId]);
    const describing = run(describeImage(deps), { imageId });
    await expect(describing).rejects.toMatchObject({ kind: 'ImageNotFound' });
  });

  it('lets a cancel reach the provider, and files nothing', async () => {
    const imageId = await prepared();
    const environment = activityEnvironment();
    const metadata: MetadataProvider = {
      ...looking().metadata,
      describe: async (_, { signal }) => {
        environment.cancel();
        signal?.throwIfAborted();
        return WORDS;
      },
    };
    const describing = environment.run(describeImage({ ...deps, metadata }), { imageId });
    await expect(describing).rejects.toThrow('CANCELLED');
    expect((await opened.image(imageId)).metadata).toBeUndefined();
  });
});
