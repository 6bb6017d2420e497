import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { DESCRIBER, facts, failure, METADATA } from './records.js';

const db = useCatalog();

async function markDeleted(id: string): Promise<void> {
  await db.sql('update images set deleted_at = now() where id = $1', [id]);
}

describe('images and variants', () => {
  it('are given in the order asked for, without deleted ones and without what is no id', async () => {
    const [a, b, c] = [await db.addReady('a'), await db.add('b'), await db.add('c')];
    await markDeleted(c);
    const { overview } = db.catalog;
    const found = await overview.images([b, 'nonsense', c, a]);
    expect(found.map(({ id }) => id)).toEqual([b, a]);
    const variants = await db.catalog.images.variantsOf([a, b]);
    expect(variants.get(a)).toHaveLength(6);
    expect(variants.get(b)).toEqual([]);
    await expect(overview.images([])).resolves.toEqual([]);
  });
});

describe('facets', () => {
  it('count what living images have, the most frequent first', async () => {
    const { images, overview } = db.catalog;
    for (const name of ['a', 'b', 'gone']) {
      const id = await db.add(name, name === 'b' ? 'bob' : 'ann');
      await images.recordOriginal(id, facts({ colors: [{ hex: '#d0202a', share: 0.7 }] }));
      const tags = name === 'a' ? ['boat', 'sea'] : ['sea'];
      await images.recordMetadata(id, { ...METADATA, tags }, DESCRIBER);
      if (name === 'gone') await markDeleted(id);
    }
    await expect(overview.facets()).resolves.toEqual({
      tags: [
        { tag: 'sea', count: 2 },
        { tag: 'boat', count: 1 },
      ],
      colors: [{ name: 'red', hex: '#d0202a', count: 2 }],
      owners: [
        { ownerId: 'ann', count: 1 },
        { ownerId: 'bob', count: 1 },
      ],
    });
  });
});

describe('throughput', () => {
  it('counts the last ten minutes in quarters of a minute, also those in which nothing happened', async () => {
    await db.addReady('a');
    const [before, long] = [await db.addReady('b'), await db.addReady('c')];
    await db.sql(`update images set ready_at = now() - interval '5 minutes' where id = $1`, [
      before,
    ]);
    await db.sql(`update images set ready_at = now() - interval '11 minutes' where id = $1`, [
      long,
    ]);
    const buckets = await db.catalog.overview.throughput();
    expect(buckets).toHaveLength(40);
    expect(buckets.map(({ ready }) => ready).filter((ready) => ready > 0)).toEqual([1, 1]);
    expect(buckets.slice(-2).reduce((sum, { ready }) => sum + ready, 0)).toBe(1);
    const gaps = buckets.slice(1).map(({ at }, index) => Number(at) - Number(buckets[index]?.at));
    expect(new Set(gaps)).toEqual(new Set([15_000]));
  });
});

describe('failures by kind', () => {
  it('count images and not steps, the most frequent first, with at most twelve examples', async () => {
    const { images, overview, runs } = db.catalog;
    await runs.open({
      ...{ id: 'run', workflowId: 'backfill', scope: 'missing', steps: ['variants'], total: 20 },
    });
    const lost = await db.add('lost');
    await images.recordFailure(
      lost,
      ['variants'],
      failure({ kind: 'OriginalMissing', runId: 'run' }),
    );
    for (let index = 0; index < 14; index += 1) {
      const id = await db.add(`broken-${index}`);
      await images.recordFailure(id, ['variants'], failure({ runId: 'run' }));
      await images.recordFailure(id, ['metadata'], failure({ runId: 'run' }));
    }
    const kinds = await overview.failuresByKind('run');
    expect(kinds.map(({ kind, count }) => ({ kind, count }))).toEqual([
      { kind: 'ImageCorrupt', count: 14 },
      { kind: 'OriginalMissing', count: 1 },
    ]);
    expect(kinds[0]?.examples).toHaveLength(12);
    expect(kinds[1]?.examples).toMatchObject([{ imageId: lost, fileName: 'lost.jpg' }]);
  });
});

describe('lists', () => {
  it('are narrowed by tag, colour and the time of arrival', async () => {
    const { images } = db.catalog;
    const ids = await Promise.all(['a', 'b'].map((name) => db.add(name)));
    const [a = '', b = ''] = ids;
    await images.recordMetadata(a, { ...METADATA, tags: ['sea'] }, DESCRIBER);
    await images.recordOriginal(b, facts({ colors: [{ hex: '#d0202a', share: 0.7 }] }));
    await db.sql(`update images set created_at = '2026-01-02T00:00:00Z' where id = $1`, [a]);
    await db.sql(`update images set created_at = '2026-01-03T00:00:00Z' where id = $1`, [b]);
    const listed = async (page: object) =>
      (await images.list({ limit: 10, ...page })).map(({ id }) => id);
    await expect(listed({ tag: 'sea' })).resolves.toEqual([a]);
    await expect(listed({ color: 'red' })).resolves.toEqual([b]);
    await expect(listed({ from: new Date('2026-01-03T00:00:00Z') })).resolves.toEqual([b]);
    await expect(listed({ to: new Date('2026-01-03T00:00:00Z') })).resolves.toEqual([a]);
    await expect(listed({ tag: 'sea', color: 'red' })).resolves.toEqual([]);
  });
});

describe('who started a run', () => {
  it('is kept also when the workflow filed the run first, and is unknown for plain Temporal', async () => {
    const { runs } = db.catalog;
    const run = { workflowId: 'backfill', scope: 'missing' as const, steps: [], total: 1 };
    await runs.open({ ...run, id: 'one' });
    await runs.open({ ...run, id: 'one', startedBy: 'the page', total: 99 });
    await runs.open({ ...run, id: 'two' });
    await expect(runs.get('one')).resolves.toMatchObject({ startedBy: 'the page', total: 1 });
    expect(await runs.get('two')).not.toHaveProperty('startedBy');
  });
});
