import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { DESCRIBER, EMBEDDER, METADATA, facts, failure, newImage } from './records.js';

const db = useCatalog();

describe('add and register', () => {
  it('add only what the owner does not have yet, and say how many that were', async () => {
    const { images } = db.catalog;
    const pictures = ['a', 'b', 'c'].map((name) => newImage(name));
    await expect(images.add(pictures)).resolves.toEqual({ added: 3 });
    await expect(images.add([...pictures, newImage('d')])).resolves.toEqual({ added: 1 });
    await expect(images.add([newImage('a', 'bob')])).resolves.toEqual({ added: 1 });
    await expect(images.add([])).resolves.toEqual({ added: 0 });
    await expect(images.stats()).resolves.toMatchObject({ images: 5 });
  });

  it('count an image once that comes twice in one call', async () => {
    await expect(db.catalog.images.add([newImage('a'), newImage('a')])).resolves.toEqual({
      added: 1,
    });
  });

  it('give the same id to the same owner and original, another to another owner', async () => {
    const { images } = db.catalog;
    const first = await images.register(newImage('a'));
    expect(first.created).toBe(true);
    await expect(images.register(newImage('a'))).resolves.toEqual({
      id: first.id,
      created: false,
    });
    const other = await images.register(newImage('a', 'bob'));
    expect(other.created).toBe(true);
    expect(other.id).not.toBe(first.id);
  });

  it('give one id to all who register the same image at once', async () => {
    const registered = await Promise.all(
      Array.from({ length: 8 }, () => db.catalog.images.register(newImage('a'))),
    );
    expect(new Set(registered.map(({ id }) => id)).size).toBe(1);
    expect(registered.filter(({ created }) => created)).toHaveLength(1);
  });

  it('leave what is known of an image as it is', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await images.add([newImage('a')]);
    await images.register(newImage('a'));
    await expect(images.get(id)).resolves.toMatchObject({ variantsReady: true, widthPx: 4000 });
  });
});

describe('get', () => {
  it('gives a new image with nothing known of it yet', async () => {
    const id = await db.add('a');
    const image = await db.catalog.images.get(id);
    expect(image).toEqual({
      id,
      ownerId: 'ann',
      original: 'file:///photos/a.jpg',
      fileName: 'a.jpg',
      colors: [],
      formats: [],
      status: 'pending',
      readyMaxWidthPx: 0,
      variantsReady: false,
      steps: {
        variants: { state: 'pending' },
        metadata: { state: 'pending' },
        embedding: { state: 'pending' },
      },
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
  });

  it.for([
    '',
    'nonsense',
    '00000000-0000-7000-8000-000000000000',
    "'; drop table images; --",
    '00000000-0000-7000-8000-00000000000g',
  ])('gives nothing for %j', async (id) => {
    await expect(db.catalog.images.get(id)).resolves.toBeUndefined();
    await expect(db.catalog.images.variants(id)).resolves.toEqual([]);
  });
});

describe('list', () => {
  it('gives the newest first, page by page', async () => {
    const { images } = db.catalog;
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push(await db.add(name));
    // Ids begin with the time, to the millisecond; within one they are in no order.
    ids.sort();
    const first = await images.list({ limit: 2 });
    const second = await images.list({ limit: 2, after: first.at(-1)?.id ?? '' });
    const third = await images.list({ limit: 2, after: second.at(-1)?.id ?? '' });
    expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(ids.reverse());
  });

  it('can be of one owner or one status, and leaves deleted ones out', async () => {
    const { images } = db.catalog;
    const mine = await db.add('mine');
    const theirs = await db.add('theirs', 'bob');
    const deleted = await db.add('deleted');
    await db.sql('update images set deleted_at = now() where id = $1', [deleted]);
    await images.recordFailure(theirs, ['variants', 'metadata', 'embedding'], failure());

    const idsOf = async (page: object) =>
      (await images.list({ limit: 10, ...page })).map(({ id }) => id);
    await expect(idsOf({ ownerId: 'ann' })).resolves.toEqual([mine]);
    await expect(idsOf({ status: 'failed' })).resolves.toEqual([theirs]);
    await expect(idsOf({ status: 'pending' })).resolves.toEqual([mine]);
  });

  it('refuses a place that is no image id as InvalidInput', async () => {
    await expect(db.catalog.images.list({ limit: 10, after: 'nonsense' })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });
});

describe('recordMetadata and recordEmbedding', () => {
  it('complete an image with the last step, whichever that is', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await expect(images.get(id)).resolves.toMatchObject({
      status: 'processing',
      variantsReady: true,
    });
    await images.recordEmbedding(id, [0.1, 0.2, 0.3], EMBEDDER);
    await expect(images.get(id)).resolves.toMatchObject({ status: 'processing' });
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await expect(images.get(id)).resolves.toMatchObject({
      status: 'completed',
      metadata: METADATA,
      steps: {
        metadata: { state: 'done', source: DESCRIBER },
        embedding: { state: 'done', source: EMBEDDER },
      },
    });
  });

  it('take a vector of other words for none, and one of the same words for good', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await images.recordEmbedding(id, [1, 0, 0], EMBEDDER);
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await expect(images.get(id)).resolves.toMatchObject({ status: 'completed' });

    await images.recordMetadata(id, { ...METADATA, tags: ['other'] }, DESCRIBER);
    await expect(images.get(id)).resolves.toMatchObject({
      status: 'processing',
      steps: { metadata: { state: 'done' }, embedding: { state: 'pending' } },
    });
    await images.recordEmbedding(id, [0, 1, 0], EMBEDDER);
    await expect(images.get(id)).resolves.toMatchObject({ status: 'completed' });
  });

  it('complete an image whose other steps nobody asked for', async () => {
    const { images } = db.catalog;
    const id = await db.add('a');
    await db.sql(`update images set requested_steps = '{metadata}' where id = $1`, [id]);
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await expect(images.get(id)).resolves.toMatchObject({ status: 'completed' });
  });

  it('replace what was recorded before, and clear the failure', async () => {
    const { images } = db.catalog;
    const id = await db.addReady('a');
    await images.recordFailure(id, ['metadata', 'embedding'], failure({ kind: 'Unexpected' }));
    await images.recordMetadata(id, { ...METADATA, mood: 'wild' }, DESCRIBER);
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await images.recordEmbedding(id, [1, 0, 0], EMBEDDER);
    await images.recordEmbedding(id, [0, 1, 0], EMBEDDER);

    const image = await images.get(id);
    expect(image).toMatchObject({ status: 'completed', metadata: METADATA });
    expect(image?.steps.metadata.failure).toBeUndefined();
    expect(image?.steps.embedding.failure).toBeUndefined();
    await expect(
      db.sql('select model, dims, vector::text as vector from image_embeddings'),
    ).resolves.toEqual([{ model: 'words-3', dims: 3, vector: '[0,1,0]' }]);
  });
});

describe('stats', () => {
  it('counts living images and the variants that are served', async () => {
    const { images } = db.catalog;
    await db.addReady('ready');
    const failed = await db.add('failed');
    await images.recordFailure(failed, ['variants', 'metadata', 'embedding'], failure());
    const deleted = await db.addReady('deleted');
    await db.sql('update images set deleted_at = now() where id = $1', [deleted]);
    const measured = await db.add('measured');
    await images.recordOriginal(measured, facts({ sizeBytes: 1_000_000 }));

    await expect(images.stats()).resolves.toEqual({
      images: 3,
      ready: 1,
      failed: 1,
      originalBytes: 5_000_000,
      variants: 6,
      variantBytes: 6000,
    });
  });

  it('is all zero in an empty catalog', async () => {
    await expect(db.catalog.images.stats()).resolves.toEqual({
      images: 0,
      ready: 0,
      failed: 0,
      originalBytes: 0,
      variants: 0,
      variantBytes: 0,
    });
  });
});
