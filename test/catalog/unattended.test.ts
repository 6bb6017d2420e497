import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { failure } from './records.js';

const db = useCatalog();
const PAGE = { limit: 10 };

/** An image that was left alone, with what its row says of it. */
async function addLeft(columns: Record<string, string>): Promise<string> {
  const id = await db.add('left');
  const all = { updated_at: '2026-01-02T03:04:05Z', status: 'processing', ...columns };
  const sets = Object.keys(all).map((column, index) => `${column} = $${index + 2}`);
  await db.sql(`update images set ${sets.join(', ')} where id = $1`, [id, ...Object.values(all)]);
  return id;
}

describe('an image that is said to be processed, and was not touched for long', () => {
  it('is asked for the steps that its row names', async () => {
    const id = await addLeft({ requested_steps: '{embedding,variants}' });
    await expect(db.catalog.lifecycle.stuck(PAGE)).resolves.toEqual([
      { id, ownerId: 'ann', fileName: 'left.jpg', steps: ['variants', 'embedding'] },
    ]);
  });

  it.for(['{}', '{thumbnails}', '{NULL}'])('is asked for every step of %s', async (named) => {
    await addLeft({ requested_steps: named });
    await expect(db.catalog.lifecycle.stuck(PAGE)).resolves.toMatchObject([
      { steps: ['variants', 'metadata', 'embedding'] },
    ]);
  });
});

describe('an image with a deferred step', () => {
  it('is asked for what is pending too, unless nobody had asked for that', async () => {
    const deferred = { metadata_state: 'deferred', embedding_state: 'deferred' };
    const stepsOf = async () =>
      (await db.catalog.lifecycle.deferred(PAGE)).map(({ steps }) => steps);
    const id = await addLeft(deferred);
    await expect(stepsOf()).resolves.toEqual([['variants', 'metadata', 'embedding']]);
    await db.sql(`update images set requested_steps = '{metadata,embedding}' where id = $1`, [id]);
    await expect(stepsOf()).resolves.toEqual([['metadata', 'embedding']]);
    await db.sql(
      `update images set requested_steps = '{variants,metadata}', variants_state = 'failed' where id = $1`,
      [id],
    );
    await expect(stepsOf()).resolves.toEqual([['metadata', 'embedding']]);
  });
});

describe('an image whose row names no step', () => {
  it('has failed when all of them have, and is not completed', async () => {
    const id = await addLeft({ requested_steps: '{}' });
    await db.catalog.images.recordFailure(id, ['variants'], failure());
    await expect(db.catalog.images.get(id)).resolves.toMatchObject({ status: 'processing' });
    await db.catalog.images.recordFailure(id, ['metadata', 'embedding'], failure());
    await expect(db.catalog.images.get(id)).resolves.toMatchObject({ status: 'failed' });
  });
});
