import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { embedImage } from '../../src/activities/embed-image.js';
import type { EmbeddingProvider } from '../../src/embedding/embedding.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

const WORDS = {
  description: 'A harbour at dusk.',
  tags: ['harbour', 'dusk'],
  category: 'travel',
  dominantColors: ['blue'],
  mood: 'calm',
};

describe('embedImage', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;

  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  async function described(): Promise<string> {
    const imageId = await opened.addOriginal(Buffer.from('never read here'));
    await deps.catalog.images.recordMetadata(imageId, WORDS, deps.metadata.source);
    return imageId;
  }

  async function vectorsOf(imageId: string): Promise<unknown[]> {
    return opened.rows(
      'select model, dims, vector::text from image_embeddings where image_id = $1 order by model',
      [imageId],
    );
  }

  /** A provider that makes the given vectors of whatever it is told. */
  function saying(vectors: number[][], model = 'another') {
    const told: string[][] = [];
    const embedding: EmbeddingProvider = {
      ...deps.embedding,
      source: { provider: 'observer', model, version: '1' },
      embed: async (texts) => {
        told.push(texts);
        return vectors;
      },
    };
    return { embedding, told };
  }

  it('files one vector of the words, the same when it is repeated', async () => {
    const imageId = await described();
    const embedded = await run(embedImage(deps), { imageId });
    const vectors = await vectorsOf(imageId);
    expect(vectors).toMatchObject([
      { model: deps.embedding.source.model, dims: embedded.dimensions },
    ]);

    expect(await run(embedImage(deps), { imageId })).toEqual(embedded);
    expect(await vectorsOf(imageId)).toEqual(vectors);
    expect((await opened.image(imageId)).steps.embedding).toEqual({
      state: 'done',
      source: deps.embedding.source,
    });
  });

  it('embeds description and tags', async () => {
    const imageId = await described();
    const { embedding, told } = saying([[1, 0]]);
    await run(embedImage({ ...deps, embedding }), { imageId });
    expect(told).toEqual([[expect.stringContaining('A harbour at dusk.')]]);
    expect(told[0]?.[0]).toContain('dusk');
  });

  it('keeps one vector a model', async () => {
    const imageId = await described();
    const embed = (vector: number[], model: string) =>
      run(embedImage({ ...deps, embedding: saying([vector], model).embedding }), { imageId });
    await embed([1, 0], 'small');
    await embed([1, 0, 0], 'large');
    await embed([0, 1], 'small');
    expect(await vectorsOf(imageId)).toEqual([
      { model: 'large', dims: 3, vector: '[1,0,0]' },
      { model: 'small', dims: 2, vector: '[0,1]' },
    ]);
  });

  it('says clearly that an image has no description', async () => {
    const imageId = await opened.addOriginal(Buffer.from('never read here'));
    await expect(run(embedImage(deps), { imageId })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: 'The image has no description to embed.',
    });
  });

  it('says that a provider sent nothing', async () => {
    const imageId = await described();
    const embedding = saying([]).embedding;
    await expect(run(embedImage({ ...deps, embedding }), { imageId })).rejects.toMatchObject({
      kind: 'Unexpected',
      message: 'The provider sent no vector.',
    });
    expect((await opened.image(imageId)).steps.embedding.state).toBe('pending');
  });

  it('knows no image that was deleted', async () => {
    const imageId = await described();
    await opened.rows('update images set deleted_at = now() where id = $1', [imageId]);
    const embedding = run(embedImage(deps), { imageId });
    await expect(embedding).rejects.toMatchObject({ kind: 'ImageNotFound' });
  });
});
