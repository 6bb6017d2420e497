import { describe, expect, it } from 'vitest';
import { ownObject, type OwnObject } from '../../src/domain/own-object.js';
import { useCatalog } from './open.js';
import {
  DESCRIBER,
  EMBEDDER,
  KEY,
  METADATA,
  OTHER_KEY,
  RULES,
  facts,
  failure,
  newImage,
  tier,
} from './records.js';

const db = useCatalog();
const get = (id: string) => db.catalog.images.get(id);
const NEW_BYTES = { original: `originals/${'0'.repeat(16)}/${'d'.repeat(64)}` };

function own(key: string): OwnObject {
  const object = ownObject(key);
  if (object === undefined) throw new Error(`${key} is not ours`);
  return object;
}

/** Everything that work on the image may still want to write, late. */
async function recordLate(id: string): Promise<boolean[]> {
  const { images } = db.catalog;
  const { original } = newImage('a');
  const { sha256 } = facts();
  return [
    await images.recordOriginal(id, facts({ imageKey: OTHER_KEY }), original),
    await images.recordTier(id, tier('lg', { imageKey: OTHER_KEY })),
    await images.recordMetadata(id, METADATA, DESCRIBER, sha256),
    await images.recordEmbedding(id, [1, 2, 3], EMBEDDER, sha256),
  ];
}

describe('a deleted image', () => {
  it('is in no list and no scope, and keeps the time when it is deleted again', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await lifecycle.markDeleted(id);
    const first = await get(id);
    await lifecycle.markDeleted(id);

    expect((await get(id))?.deletedAt).toEqual(first?.deletedAt);
    await expect(images.list({ limit: 10 })).resolves.toEqual([]);
    await expect(images.stats()).resolves.toMatchObject({ images: 0, variants: 0 });
  });

  it('takes no late record', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await lifecycle.markDeleted(id);
    const before = await get(id);
    await expect(recordLate(id)).resolves.toEqual([false, false, false, false]);
    await images.recordFailure(id, ['variants'], failure({ quarantine: { rules: RULES } }));
    await images.release(id);

    await expect(get(id)).resolves.toEqual(before);
    await expect(db.sql('select * from image_embeddings')).resolves.toEqual([]);
    await expect(images.variants(id)).resolves.toHaveLength(6);
  });

  it('is forgotten but for what recognises it; a living one is not', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await images.recordMetadata(id, METADATA, DESCRIBER);
    await images.recordEmbedding(id, [1, 2, 3], EMBEDDER);
    const living = await get(id);
    await lifecycle.forget(id);
    await expect(get(id)).resolves.toEqual(living);

    await lifecycle.markDeleted(id);
    await lifecycle.forget(id);
    const fresh = await get(await db.add('b'));
    const { deletedAt, ...tombstone } = (await get(id)) ?? {};
    expect(deletedAt).toBeInstanceOf(Date);
    expect(tombstone).toEqual({
      ...fresh,
      ...{ id, createdAt: living?.createdAt, updatedAt: expect.any(Date) },
      ...{ original: living?.original, fileName: living?.fileName },
    });
    await expect(images.variants(id)).resolves.toEqual([]);
    await expect(db.sql('select * from image_embeddings')).resolves.toEqual([]);
  });

  it('stays deleted when it is added again, and lives again when it is registered', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await lifecycle.markDeleted(id);
    await expect(images.add([newImage('a')])).resolves.toEqual({ added: 0 });
    await expect(images.list({ limit: 10 })).resolves.toEqual([]);

    const registered = await images.register({ ...newImage('a'), status: 'processing' });
    expect(registered).toEqual({ id, created: true });
    const image = await get(id);
    expect(image).toMatchObject({ status: 'processing', readyMaxWidthPx: 0, variantsReady: false });
    expect(image).not.toHaveProperty('deletedAt');
    expect(image).not.toHaveProperty('imageKey');
    await expect(images.register(newImage('a'))).resolves.toEqual({ id, created: false });
  });
});

describe('an image whose bytes were replaced', () => {
  it('serves what it served, and has every step before it', async () => {
    const { lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await expect(lifecycle.replaceOriginal(id, NEW_BYTES)).resolves.toBe(true);

    const image = await get(id);
    expect(image).toMatchObject({
      ...{ ...NEW_BYTES, status: 'processing', fileName: 'a.jpg' },
      ...{ imageKey: KEY, readyMaxWidthPx: 1920, variantsReady: true },
      steps: {
        variants: { state: 'pending' },
        metadata: { state: 'pending' },
        embedding: { state: 'pending' },
      },
    });
    expect(image).not.toHaveProperty('sha256');
    expect(image).not.toHaveProperty('previewKey');
  });

  it('takes no record that was made of the old ones', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    await images.recordOriginal(id, facts({ imageKey: OTHER_KEY }));
    await lifecycle.replaceOriginal(id, NEW_BYTES);
    const before = await get(id);
    await expect(recordLate(id)).resolves.toEqual([false, false, false, false]);
    await expect(get(id)).resolves.toEqual(before);

    await images.recordOriginal(id, facts({ sha256: 'd'.repeat(64) }), NEW_BYTES.original);
    const prepared = await get(id);
    await expect(recordLate(id)).resolves.toEqual([false, false, false, false]);
    await expect(get(id)).resolves.toEqual(prepared);
  });
});

describe('an object', () => {
  const variant = own(`${KEY}_640.webp`);
  const unused = async (object: OwnObject) =>
    (await db.catalog.lifecycle.unused([object])).length > 0;

  it('of a variant is needed while an image serves or builds its key', async () => {
    const { images, lifecycle } = db.catalog;
    await expect(unused(variant)).resolves.toBe(true);
    const id = await db.add('a');
    await images.recordOriginal(id, facts());
    await expect(unused(variant)).resolves.toBe(false);
    for (const label of ['sm', 'md', 'lg'] as const) await images.recordTier(id, tier(label));
    await expect(unused(variant)).resolves.toBe(false);

    await images.recordOriginal(id, facts({ imageKey: OTHER_KEY }));
    await expect(unused(own(`${OTHER_KEY}_640.webp`))).resolves.toBe(false);
    await images.recordTier(id, tier('lg', { imageKey: OTHER_KEY }));
    await expect(unused(variant)).resolves.toBe(false);
    await db.sql(`update images set updated_at = now() - interval '25 hours'`);
    await expect(unused(variant)).resolves.toBe(true);
    await expect(unused(own(`${OTHER_KEY}_640.webp`))).resolves.toBe(false);
    await lifecycle.markDeleted(id);
    await expect(unused(own(`${OTHER_KEY}_640.webp`))).resolves.toBe(true);
  });

  it('that is a preview is needed by its image, an original by every row that names it', async () => {
    const { images, lifecycle } = db.catalog;
    const { original } = NEW_BYTES;
    const { id } = await images.register({ ownerId: 'ann', original, fileName: 'a.jpg' });
    const preview = own(`previews/${id}.jpg`);
    await expect(unused(preview)).resolves.toBe(false);
    await lifecycle.markDeleted(id);
    await expect(unused(preview)).resolves.toBe(true);

    await expect(unused(own(original))).resolves.toBe(false);
    await expect(unused({ kind: 'original', key: original, givenUp: true })).resolves.toBe(true);
    await images.register({ ownerId: 'bob', original, fileName: 'a.jpg' });
    await expect(unused({ kind: 'original', key: original, givenUp: true })).resolves.toBe(false);
  });

  it('is removed only when nobody needs it, and stays named when the removal fails', async () => {
    const { images, lifecycle } = db.catalog;
    const id = await db.addReady('a');
    const removed: string[] = [];
    const remove = () => lifecycle.removeUnused(variant, async () => void removed.push('variant'));
    await expect(remove()).resolves.toBe(false);
    await lifecycle.markDeleted(id);
    const failing = lifecycle.removeUnused(variant, () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    await expect(images.variants(id)).resolves.toHaveLength(6);
    await expect(remove()).resolves.toBe(true);

    expect(removed).toEqual(['variant']);
    const rows = await images.variants(id);
    expect(rows.map(({ key }) => key)).not.toContain(variant.key);
    expect(rows).toHaveLength(5);
  });

  it.for(['variants/readme.txt', 'previews/mine.jpg', 'originals/holiday.jpg', 'a.jpg', `${KEY}`])(
    'of somebody else is none of ours: %s',
    (key) => {
      expect(ownObject(key)).toBeUndefined();
    },
  );
});
