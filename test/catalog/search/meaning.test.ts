import { describe, expect, it } from 'vitest';
import type { VectorSpace } from '../../../src/domain/search.js';
import { useCatalog } from '../open.js';
import { DESCRIBER, METADATA } from '../records.js';

const db = useCatalog();
const SPACE: VectorSpace = { provider: 'fake', model: "a model's name", dims: 3 };
const BUILTIN: VectorSpace = { provider: 'builtin', model: 'hashed-words-256', dims: 256 };

async function embedded(
  name: string,
  vector: number[],
  { space = SPACE, ownerId = 'ann' } = {},
): Promise<string> {
  const id = await db.add(name, ownerId);
  await embed(id, vector, space);
  return id;
}

async function embed(id: string, vector: number[], { provider, model }: VectorSpace) {
  const source = { provider, model, version: '1' };
  await db.catalog.images.recordMetadata(id, METADATA, DESCRIBER);
  await db.catalog.images.recordEmbedding(id, vector, source);
}

const near = (more: object = {}) =>
  db.catalog.search.byMeaning({
    ...{ space: SPACE, vector: [1, 0, 0], filter: {}, limit: 10, minLikeness: 0 },
    ...more,
  });
const ids = (found: { imageId: string }[]) => found.map(({ imageId }) => imageId);
const indexes = async () =>
  (
    await db.sql<{ name: string }>(
      `select indexname as name from pg_indexes
       where tablename = 'image_embeddings' and indexdef like '%hnsw%' order by 1`,
    )
  ).map(({ name }) => name);

describe('by meaning', () => {
  it('the nearest go first and what is too far is not found', async () => {
    const same = await embedded('a', [1, 0, 0]);
    const close = await embedded('b', [0.8, 0.6, 0]);
    const far = await embedded('c', [0, 1, 0]);
    const other = { ...SPACE, model: 'another' };
    await embedded('d', [1, 0, 0], { space: other });
    const found = await near();
    expect(ids(found)).toEqual([same, close, far]);
    expect(found[1]?.likeness).toBeCloseTo(0.8, 5);
    expect(ids(await near({ minLikeness: 0.5 }))).toEqual([same, close]);
    expect(ids(await near({ limit: 1 }))).toEqual([same]);
    expect(ids(await near({ except: same, minLikeness: 0.5 }))).toEqual([close]);
    expect(ids(await near({ space: { ...SPACE, dims: 2 }, vector: [1, 0] }))).toEqual([]);
  });

  it('a narrow filter and a wide one, deleted images and vectors of many models mix well', async () => {
    const mine = await embedded('a', [1, 0, 0]);
    const theirs = await embedded('b', [0.9, 0.1, 0], { ownerId: 'bob' });
    const gone = await embedded('c', [1, 0, 0]);
    await db.sql('update images set deleted_at = now() where id = $1', [gone]);
    expect(ids(await near())).toEqual([mine, theirs]);
    expect(ids(await near({ filter: { ownerId: 'bob' } }))).toEqual([theirs]);
    expect(ids(await near({ filter: { ownerId: 'eve' } }))).toEqual([]);
  });
});

describe('the index of a model', () => {
  it('is made once, beside those of others, and used', async () => {
    const { search } = db.catalog;
    await embedded('a', [1, 0, 0]);
    expect(await search.ensureIndex(SPACE)).toBe(true);
    expect(await search.ensureIndex(SPACE)).toBe(false);
    expect(await search.ensureIndex(BUILTIN)).toBe(false);
    expect(await search.ensureIndex({ ...SPACE, dims: 3072, model: 'large' })).toBe(true);
    expect(await search.ensureIndex({ ...SPACE, dims: 9000, model: 'huge' })).toBe(false);
    const made = await indexes();
    expect(made.filter((name) => name.includes('a_model_s_name'))).toHaveLength(1);
    expect(made).toHaveLength(3);
    await embedded('b', [0, 1, 0]);
    expect(await near()).toHaveLength(2);
  });

  it('that a build left unfinished is made anew', async () => {
    const space = { ...SPACE, model: 'cut-off' };
    const { search } = db.catalog;
    await search.ensureIndex(space);
    const name = (await indexes()).find((it) => it.includes('cut_off'));
    await db.sql('update pg_index set indisvalid = false where indexrelid = to_regclass($1)', [
      name,
    ]);
    expect(await search.ensureIndex(space)).toBe(true);
    expect(await search.ensureIndex(space)).toBe(false);
  });

  /** Of two owners, more than are compared one by one; `$2` makes the vector of number n. */
  async function many(vector: string): Promise<void> {
    await db.sql(
      `with added as (
        insert into images (owner_id, original, file_name)
        select case when n <= 4500 then 'near' else 'far' end, 'file:///' || n, n
        from generate_series(1, 9000) n order by n % 4500 returning id, file_name::int as n
      )
      insert into image_embeddings (image_id, provider, model, dims, vector)
      select id, 'fake', $1, 3, ${vector} from added`,
      [SPACE.model],
    );
    await db.sql('analyze images');
    await db.sql('analyze image_embeddings');
    await db.catalog.search.ensureIndex(SPACE);
  }

  it('walks on until the page is full when a filter leaves nothing of what is near', async () => {
    // A quarter of a circle, whose nearer half belongs to somebody else.
    await many('array[cos(n / 6000.0), sin(n / 6000.0), 0]::real[]::vector');
    const found = await near({ filter: { ownerId: 'far' }, limit: 10 });
    expect(found).toHaveLength(10);
    expect(found[0]?.likeness).toBeCloseTo(Math.cos(4501 / 6000), 2);
    const page = await near({ filter: { ownerId: 'near' }, limit: 100 });
    expect(page).toHaveLength(100);
    const order = page.map(({ likeness }) => likeness);
    expect(order).toEqual([...order].sort((a, b) => b - a));
  });

  it('is not believed when it ends before the page is full', async () => {
    // Two islands: no way leads from the near one to the other.
    await many(`case when n <= 4500 then array[1, random() / 10, random() / 10]
      else array[random() / 10, 1, random() / 10] end::real[]::vector`);
    await expect(near({ filter: { ownerId: 'far' }, minLikeness: -1 })).resolves.toHaveLength(10);
  });
});

describe('a change of model', () => {
  const NEW: VectorSpace = { provider: 'fake', model: 'new', dims: 2 };

  it('is complete when every image that others find has a vector of it', async () => {
    const { search } = db.catalog;
    expect(await search.spaces()).toEqual([]);
    const a = await embedded('a', [1, 0, 0]);
    const b = await embedded('b', [0, 1, 0]);
    expect(await search.spaces()).toEqual([SPACE]);
    expect(await search.isComplete(SPACE)).toBe(true);
    await embed(a, [1, 0], NEW);
    expect(await search.spaces()).toEqual([SPACE, NEW]);
    expect(await search.isComplete(NEW)).toBe(false);
    await embed(b, [0, 1], NEW);
    expect(await search.isComplete(NEW)).toBe(true);
    expect((await search.vectorsOf(a)).map(({ vector }) => vector.length).sort()).toEqual([2, 3]);
    expect(await search.vectorsOf('nonsense')).toEqual([]);
  });

  it('takes the old vectors away when it is complete and nobody writes them any more', async () => {
    const { search } = db.catalog;
    const a = await embedded('a', [1, 0, 0]);
    const b = await embedded('b', [0, 1, 0]);
    await embed(a, [1, 0], NEW);
    const age = () => db.sql(`update image_embeddings set created_at = now() - interval '2 hours'`);
    await age();
    expect(await search.removeReplaced(NEW)).toBe(0);
    await db.sql('update images set deleted_at = now() where id = $1', [b]);
    await db.sql(`update image_embeddings set created_at = now() where model = $1`, [SPACE.model]);
    expect(await search.removeReplaced(NEW)).toBe(0);
    await age();
    expect(await search.removeReplaced(NEW)).toBe(2);
    expect(await search.spaces()).toEqual([NEW]);
    expect(await search.removeReplaced(NEW)).toBe(0);
  });
});
