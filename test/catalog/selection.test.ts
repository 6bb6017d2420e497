import { drizzle } from 'drizzle-orm/node-postgres';
import { describe, expect, it } from 'vitest';
import type { Selection } from '../../src/catalog/catalog.js';
import { pageImages } from '../../src/catalog/page-images.js';
import type { Step } from '../../src/domain/image.js';
import { useCatalog } from './open.js';
import {
  DESCRIBER,
  EMBEDDER,
  METADATA,
  RULES,
  failure,
  newImage,
  selection,
  tier,
} from './records.js';

const db = useCatalog();

/** File names in scope, from the count and the page, which must agree. */
async function inScope(more: Partial<Selection>): Promise<string[]> {
  const { images } = db.catalog;
  const page = await images.page({ ...selection(more), limit: 100 });
  expect(page).toHaveLength(await images.count(selection(more)));
  const found = await Promise.all(page.map(({ id }) => images.get(id)));
  return found.map((image) => image?.fileName.replace('.jpg', '') ?? '').sort();
}

/** One image of every kind that a scope has to tell apart. */
async function addOneOfEach(): Promise<void> {
  const { images } = db.catalog;
  await db.add('new');
  await db.addReady('ready');

  const complete = await db.addReady('complete');
  await images.recordMetadata(complete, METADATA, DESCRIBER);
  await images.recordEmbedding(complete, [1], EMBEDDER);

  const old = await db.addReady('old');
  await images.recordMetadata(old, METADATA, DESCRIBER);
  await images.recordEmbedding(old, [1], EMBEDDER);
  await db.sql(`update images set recipe = 'recipe-of-yesterday' where id = $1`, [old]);

  const broken = await db.add('broken');
  await images.recordFailure(broken, ['variants', 'metadata', 'embedding'], failure());
  const undescribed = await db.addReady('undescribed');
  await images.recordFailure(undescribed, ['metadata', 'embedding'], failure());

  const quarantined = await db.add('quarantined');
  await images.recordFailure(quarantined, ['variants'], failure({ quarantine: { rules: RULES } }));
  const deleted = await db.add('deleted');
  await db.sql(`update images set deleted_at = now() where id = $1`, [deleted]);
  await db.add('of-bob', 'bob');
}

describe('the ids of a selection', () => {
  it('narrow a scope and bring nothing in', async () => {
    const [first, , ready] = [await db.add('a'), await db.add('b'), await db.addReady('c')];
    const ids = [first ?? '', ready ?? '', '00000000-0000-0000-0000-000000000000'];
    expect(await inScope({ scope: 'missing', steps: ['variants'], ids })).toEqual(['a']);
    expect(await inScope({ scope: 'all', ids })).toEqual(['a', 'c']);
    expect(await inScope({ scope: 'all', ids: [] })).toEqual([]);
  });
});

describe('a scope', () => {
  const all: Step[] = ['variants', 'metadata', 'embedding'];
  it.for<[string, Partial<Selection>, string[]]>([
    ['missing', { steps: all }, ['broken', 'new', 'of-bob', 'ready', 'undescribed']],
    ['missing', { steps: ['variants'] }, ['broken', 'new', 'of-bob']],
    ['missing', { steps: ['metadata'] }, ['broken', 'new', 'of-bob', 'ready', 'undescribed']],
    ['missing', { steps: ['variants'], ownerId: 'bob' }, ['of-bob']],
    ['missing', { ownerId: 'nobody' }, []],
    ['failed', { steps: all }, ['broken', 'undescribed']],
    ['failed', { steps: ['variants'] }, ['broken']],
    ['failed', { steps: ['embedding'] }, ['broken', 'undescribed']],
    ['failed', { steps: all, ownerId: 'bob' }, []],
    ['stale', { steps: all }, ['old']],
    ['stale', { recipe: 'recipe-of-tomorrow' }, ['complete', 'old', 'ready', 'undescribed']],
    ['stale', { ownerId: 'bob' }, []],
    ['all', {}, ['broken', 'complete', 'new', 'of-bob', 'old', 'ready', 'undescribed']],
    ['all', { ownerId: 'bob' }, ['of-bob']],
  ])('%s of %j takes %j', async ([scope, more, expected]) => {
    await addOneOfEach();
    await expect(inScope({ scope: scope as Selection['scope'], ...more })).resolves.toEqual(
      expected,
    );
  });
});

describe('what was set aside', () => {
  it('is in scope again when the rules it was set aside by have changed', async () => {
    await addOneOfEach();
    const scopes = ['missing', 'failed', 'all'] as const;
    for (const scope of scopes) {
      await expect(inScope({ scope })).resolves.not.toContain('quarantined');
      await expect(inScope({ scope, rules: 'of tomorrow' })).resolves.toContain('quarantined');
    }
  });

  it('is in scope once when nobody wrote down by which rules', async () => {
    await addOneOfEach();
    await db.sql('update images set quarantine_rules = null');
    await expect(inScope({ scope: 'missing' })).resolves.toContain('quarantined');
  });
});

describe('a retry', () => {
  it('takes what failed while it was being done again, until it has succeeded', async () => {
    const { images, runs } = db.catalog;
    const steps: Step[] = ['variants', 'metadata', 'embedding'];
    await runs.open({ id: 'r', workflowId: 'backfill', scope: 'all', steps, total: 2 });
    const again = await db.addReady('again');
    await images.recordFailure(again, ['variants'], failure({ runId: 'r' }));
    const described = await db.addReady('described');
    await images.recordMetadata(described, METADATA, DESCRIBER);
    await images.recordFailure(described, ['metadata'], failure({ runId: 'r' }));

    const retry = { retryOf: { runId: 'r' } };
    await expect(inScope({ ...retry, steps: ['variants'] })).resolves.toEqual(['again']);
    await expect(inScope({ ...retry, steps: ['metadata', 'variants'] })).resolves.toEqual([
      'again',
      'described',
    ]);
    await images.recordTier(again, tier('lg'));
    await images.recordMetadata(described, METADATA, DESCRIBER);
    await expect(inScope({ ...retry, steps: ['variants'] })).resolves.toEqual([]);
  });
});

describe('a selection', () => {
  it.each([
    [{ scope: 'misssing' as Selection['scope'] }, '"misssing" is no scope'],
    [{ steps: ['variant' as Step] }, '"variant" is no step'],
    [{ steps: [] }, 'A run needs a step'],
  ])('that says %j is refused, rather than taken for everything', async (more, words) => {
    const refusal = { kind: 'InvalidInput', message: expect.stringContaining(words) };
    const { images } = db.catalog;
    await expect(images.count(selection(more))).rejects.toMatchObject(refusal);
    await expect(images.page({ ...selection(more), limit: 1 })).rejects.toMatchObject(refusal);
  });
});

describe('provider calls', () => {
  it('are the descriptions and embeddings that are not done, or all when forced', async () => {
    await addOneOfEach();
    const calls = (more: Partial<Selection> & { limit?: number; force?: boolean }) =>
      db.catalog.images.providerCalls({ ...selection(more), ...more });
    // In scope are broken, new, of-bob, ready and undescribed, and neither step is done of any.
    await expect(calls({})).resolves.toBe(10);
    await expect(calls({ steps: ['metadata'] })).resolves.toBe(5);
    await expect(calls({ steps: ['variants'] })).resolves.toBe(0);
    await expect(calls({ limit: 2 })).resolves.toBe(4);
    await expect(calls({ ownerId: 'nobody' })).resolves.toBe(0);
    // Of all seven, complete and old have theirs.
    await expect(calls({ scope: 'all' })).resolves.toBe(10);
    await expect(calls({ scope: 'all', force: true })).resolves.toBe(14);
  });
});

describe('paging', () => {
  const add = (from: number, to: number) =>
    db.catalog.images.add(
      Array.from({ length: to - from }, (_, i) => newImage(`picture-${from + i}`)),
    );

  it('gives every image once, in the order of their ids, with its owner', async () => {
    await add(0, 250);
    const { images } = db.catalog;
    const pages: string[][] = [];
    let after: string | undefined;
    for (;;) {
      const page = await images.page({ ...selection(), limit: 40, ...(after && { after }) });
      expect(page.every(({ ownerId }) => ownerId === 'ann')).toBe(true);
      pages.push(page.map(({ id }) => id));
      after = page.at(-1)?.id;
      if (page.length < 40) break;
    }
    const ids = pages.flat();
    expect(pages.map(({ length }) => length)).toEqual([40, 40, 40, 40, 40, 40, 10]);
    expect(new Set(ids).size).toBe(250);
    expect(ids).toEqual([...ids].sort());
  });

  it('misses and repeats nothing while images come, go and become ready', async () => {
    await add(0, 200);
    const { images } = db.catalog;
    const atStart = await db.sql<{ id: string }>('select id from images order by id');
    const seen: string[] = [];
    const deleted = new Set<string>();
    let after: string | undefined;
    for (let turn = 0; ; turn++) {
      const page = await images.page({ ...selection(), limit: 20, ...(after && { after }) });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
      if (page.length < 20 || after === undefined) break;
      // What is done leaves the scope behind us, rows vanish before and behind us, new ones come.
      await db.sql(
        `update images set variants_ready = true, metadata_state = 'done', embedding_state = 'done'
         where id = any($1)`,
        [page.map(({ id }) => id)],
      );
      if (turn >= 5) continue;
      const gone = atStart.at(199 - turn)?.id ?? '';
      deleted.add(gone);
      await db.sql('delete from images where id = any($1)', [[gone, page[0]?.id]]);
      await add(1000 + turn * 10, 1010 + turn * 10);
    }
    expect(new Set(seen).size).toBe(seen.length);
    const expected = atStart.map(({ id }) => id).filter((id) => !deleted.has(id));
    expect(expected.filter((id) => !seen.includes(id))).toEqual([]);
    expect(seen.filter((id) => deleted.has(id))).toEqual([]);
  });

  it('reads the index images_unfinished for what is missing, whichever steps are asked for', async () => {
    await db.sql(
      `insert into images (owner_id, original, file_name, variants_ready, variants_state, metadata_state, embedding_state)
       select 'ann', 'file:///' || n, n::text, n % 100 <> 0, case when n % 100 = 0 then 'pending' else 'done' end, 'done', 'done'
       from generate_series(1, 20000) n`,
    );
    await db.sql('analyze images');
    const steps: Step[][] = [['variants'], ['metadata'], ['variants', 'metadata', 'embedding']];
    for (const wanted of steps) {
      const plan = await explainPage({ steps: wanted });
      expect(plan, wanted.join(', ')).toContain('images_unfinished');
      expect(plan).not.toContain('Seq Scan');
      expect(plan).not.toContain('Sort');
    }
  });
});

/** The plan of the statement that `page` really sends. */
async function explainPage(more: Partial<Selection>): Promise<string> {
  const sent: { text: string; values: unknown[] }[] = [];
  const listening = drizzle.mock({
    logger: { logQuery: (text, values) => void sent.push({ text, values }) },
  });
  const after = '00000000-0000-7000-8000-000000000000';
  await pageImages(listening, { ...selection(more), after, limit: 100 }).catch(() => undefined);
  const [query] = sent;
  const plan = await db.sql<{ 'QUERY PLAN': string }>(
    `explain ${query?.text ?? ''}`,
    query?.values,
  );
  return plan.map((row) => row['QUERY PLAN']).join('\n');
}
