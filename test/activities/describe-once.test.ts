import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeImage } from '../../src/activities/describe-image.js';
import { prepareOriginal } from '../../src/activities/prepare-original.js';
import { markDeleted } from '../../src/activities/delete-image.js';
import { openAiEnv, useFakeOpenAi } from '../support/fake-openai.js';
import { picture } from '../support/pictures.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

const fake = useFakeOpenAi();

describe('what a model said of bytes', () => {
  let opened: OpenedDeps;
  beforeAll(async () => {
    opened = await openDeps(openAiEnv(fake));
  });
  beforeEach(() => opened.rows('truncate metadata_cache'));
  afterAll(() => opened[Symbol.asyncDispose]());

  async function prepared(seed: number, ownerId = 'ann'): Promise<string> {
    const bytes = await picture({ widthPx: 90, heightPx: 60, seed });
    const imageId = await opened.addOriginal(bytes, { ownerId });
    await run(prepareOriginal(opened.deps), { imageId, request: {} });
    return imageId;
  }
  const described = (imageId: string, input = {}, deps = opened.deps) =>
    run(describeImage(deps), { imageId, ...input });

  it('survives a crash before it was filed, so the next try costs nothing', async () => {
    const imageId = await prepared(1);
    const { catalog } = opened.deps;
    const crashing = {
      ...catalog,
      images: { ...catalog.images, recordMetadata: () => Promise.reject(new Error('crash')) },
    };
    await expect(described(imageId, {}, { ...opened.deps, catalog: crashing })).rejects.toThrow(
      'crash',
    );
    await described(imageId);
    expect(fake.calls).toHaveLength(1);
    expect((await opened.image(imageId)).metadata?.description).toContain('fake provider');
  });

  it('is asked for once by two images that come at the same time', async () => {
    const [one, other] = [await prepared(2), await prepared(2, 'ben')];
    await Promise.all([described(one), described(other)]);
    expect(fake.calls).toHaveLength(1);
    const [first, second] = [await opened.image(one), await opened.image(other)];
    expect(second.metadata).toEqual(first.metadata);
  });

  it('is asked for again when the first image got no answer', async () => {
    const [one, other] = [await prepared(3), await prepared(3, 'ben')];
    fake.fail({ status: 400 });
    await expect(described(one)).rejects.toMatchObject({ kind: 'ProviderRefused' });
    await described(other);
    expect(fake.calls).toHaveLength(2);
  });

  it('does not count when it is to be said anew, and then counts again', async () => {
    const imageId = await prepared(4);
    await described(imageId);
    const since = { sinceMs: Date.now() + 1 };
    await expect.poll(() => Date.now()).toBeGreaterThan(since.sinceMs);
    await described(imageId, since);
    await described(imageId, since);
    expect(fake.calls).toHaveLength(2);
  });

  it('goes with the last image that has these bytes', async () => {
    const [one, other] = [await prepared(5), await prepared(5, 'ben')];
    await described(one);
    const kept = () => opened.rows('select 1 from metadata_cache');
    for (const [imageId, left] of [
      [one, 1],
      [other, 0],
    ] as const) {
      await run(markDeleted(opened.deps), { imageId });
      await opened.deps.catalog.lifecycle.forget(imageId);
      expect(await kept()).toHaveLength(left);
    }
  });
});
