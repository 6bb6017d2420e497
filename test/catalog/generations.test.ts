import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NewGeneration } from '../../src/domain/check-generation.js';
import { useCatalog } from './open.js';

const opened = useCatalog();
const generations = () => opened.catalog.generations;

async function add(more: Partial<NewGeneration> = {}): Promise<string> {
  const [added] = await generations().add([{ ownerId: 'ann', prompt: 'a red door', ...more }]);
  if (added === undefined) throw new Error('nothing was added');
  return added.id;
}
const get = async (id: string) => {
  const found = await generations().get(id);
  if (found === undefined) throw new Error(`there is no generation ${id}`);
  return found;
};
const begin = (id: string, after = 0) =>
  generations().beginAttempt(id, { after, provider: 'mock' });

describe('requests', () => {
  it('have every default that they do not say', async () => {
    const found = await get(await add());
    expect(found).toEqual({
      ...{ id: found.id, ownerId: 'ann', prompt: 'a red door', widthPx: 1024, heightPx: 1024 },
      ...{ format: 'png', priority: 0, status: 'pending', progress: 0, attemptNumber: 0 },
      ...{ maxAttempts: 3, timeoutSeconds: 300, createdAt: expect.any(Date) },
    });
  });

  it('keep everything that they say', async () => {
    const asked: NewGeneration = {
      ...{ ownerId: 'ann', prompt: 'p', negativePrompt: 'n', provider: 'replicate', model: 'm' },
      ...{ modelVersion: 'v', widthPx: 640, heightPx: 480, steps: 20, guidanceScale: 7.5 },
      ...{ seed: 2_147_483_647, sourceImage: 'https://example.com/a.png', strength: 0.25 },
      ...{ style: 'line-art', format: 'webp', priority: -4, maxAttempts: 2, timeoutSeconds: 600 },
    };
    expect(await get(await add(asked))).toMatchObject(asked);
  });

  it('are added all or none', async () => {
    const bad = { ownerId: 'ann', prompt: 'a\0b' };
    await expect(generations().add([{ ownerId: 'ann', prompt: 'good' }, bad])).rejects.toThrow();
    expect(await generations().list({ limit: 10 })).toEqual([]);
  });

  it('are not added again by an id that is there', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const asked = [
      { id: one, ownerId: 'ann', prompt: 'a red door' },
      { ownerId: 'ann', prompt: 'without an id' },
      { id: two.toUpperCase(), ownerId: 'ann', prompt: 'a blue door' },
    ];
    const added = await generations().add(asked);
    expect(added.map(({ prompt }) => prompt)).toEqual(asked.map(({ prompt }) => prompt));
    await begin(one);
    const again = await generations().add(asked);
    expect(again.map(({ id }) => id)).toEqual([one, expect.any(String), two]);
    expect(again[0]).toMatchObject({ id: one, status: 'processing' });
    expect(await generations().list({ limit: 10 })).toHaveLength(4);
    const twice = generations().add([asked[0], asked[0]] as NewGeneration[]);
    await expect(twice).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('are refused, and all others with them, when an id is that of another one', async () => {
    const id = await add();
    for (const other of [
      { id, ownerId: 'ann', prompt: 'a green door' },
      { id, ownerId: 'bob', prompt: 'a red door' },
      { id, ownerId: 'ann', prompt: 'a red door', seed: 2 },
    ]) {
      const asked = [{ ownerId: other.ownerId, prompt: 'new' }, other];
      const refused = generations().add(asked);
      await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
    }
    expect(await generations().list({ limit: 10 })).toHaveLength(1);
  });

  it('come in the order given', async () => {
    const prompts = Array.from({ length: 20 }, (_, index) => `picture ${index}`);
    const added = await generations().add(prompts.map((prompt) => ({ ownerId: 'ann', prompt })));
    expect(added.map(({ prompt }) => prompt)).toEqual(prompts);
  });
});

describe('lists', () => {
  it('page from the newest on, by owner and status', async () => {
    const first = await add();
    const other = await add({ ownerId: 'bob' });
    const last = await add();
    await generations().cancel(first);
    const ids = async (page: object) =>
      (await generations().list({ limit: 2, ...page })).map(({ id }) => id);
    const all = [first, other, last].sort().reverse();
    expect(await ids({})).toEqual(all.slice(0, 2));
    expect(await ids({ after: all[1] })).toEqual(all.slice(2));
    expect(await ids({ ownerId: 'bob' })).toEqual([other]);
    expect(await ids({ status: 'cancelled' })).toEqual([first]);
    expect(await ids({ ids: [first, 'x', other] })).toEqual([first, other].sort().reverse());
    expect(await ids({ ids: [] })).toEqual([]);
  });

  it('refuse what is no id and no status', async () => {
    const refused = { kind: 'InvalidInput' };
    await expect(generations().list({ limit: 1, after: 'x' })).rejects.toMatchObject(refused);
    const status = 'gone' as 'failed';
    await expect(generations().list({ limit: 1, status })).rejects.toMatchObject(refused);
    expect(await generations().get('x')).toBeUndefined();
  });
});

describe('a try', () => {
  it('is begun once, before anything is sent', async () => {
    const id = await add();
    const begun = await begin(id);
    expect(begun).toMatchObject({
      generation: { status: 'processing', attemptNumber: 1, provider: 'mock' },
      orderedAt: expect.any(Date),
    });
    expect(begun?.generation.startedAt).toEqual(expect.any(Date));
    expect(await begin(id)).toBeUndefined();
    expect(await generations().attempt(id)).toEqual({
      ...begun,
      deadlineMs: expect.closeTo(begun?.deadlineMs ?? 0, -3),
    });
  });

  it('has the prediction of its own number only', async () => {
    const id = await add();
    await begin(id);
    expect(await generations().recordPrediction(id, 1, 'first')).toBe('first');
    expect(await generations().recordPrediction(id, 1, 'a second one')).toBe('first');
    expect(await generations().orderAgain(id, 1)).toBeUndefined();
    expect(await get(id)).toMatchObject({ predictionId: 'first' });
    const second = await begin(id, 1);
    expect(second?.generation.predictionId).toBeUndefined();
    expect(await generations().recordPrediction(id, 1, 'first again')).toBeUndefined();
    expect((await get(id)).predictionId).toBeUndefined();
  });

  it('is ordered again as long as it has no prediction', async () => {
    const id = await add();
    const begun = await begin(id);
    const again = await generations().orderAgain(id, 1);
    expect(again?.getTime()).toBeGreaterThanOrEqual(begun?.orderedAt.getTime() ?? Infinity);
    expect((await generations().attempt(id))?.orderedAt).toEqual(again);
    expect(await generations().orderAgain(id, 2)).toBeUndefined();
    await generations().requestCancel(id);
    expect(await generations().orderAgain(id, 1)).toBeUndefined();
  });

  it('is not begun for what is to be cancelled', async () => {
    const id = await add();
    await generations().requestCancel(id);
    expect(await begin(id)).toBeUndefined();
  });

  it('never falls in its progress, and hears what others say', async () => {
    const id = await add();
    await begin(id);
    expect(await generations().recordProgress(id, 40)).toEqual({ goesOn: true });
    await generations().recordProgress(id, 12.4);
    expect((await get(id)).progress).toBe(40);
    expect(await generations().wake(id)).toBe(true);
    expect(await generations().pulse(id)).toMatchObject({
      ...{ goesOn: true, wokenAt: expect.any(Date) },
    });
    await generations().requestCancel(id);
    expect(await generations().pulse(id)).toMatchObject({ goesOn: false });
    expect(await generations().pulse(randomUUID())).toEqual({ goesOn: false });
    expect(await generations().wake(randomUUID())).toBe(false);
  });

  it('adds what it cost to what those before it cost, once', async () => {
    const id = await add();
    await begin(id);
    await generations().recordPrediction(id, 1, 'one');
    const cost = { predictSeconds: 1.5, costUsd: 0.25 };
    await generations().recordUsage(id, 1, cost);
    await generations().recordUsage(id, 1, cost);
    await begin(id, 1);
    await generations().recordPrediction(id, 2, 'two');
    await generations().recordUsage(id, 2, { predictSeconds: 2 });
    const { usage } = await get(id);
    expect(usage).toEqual({ predictions: 2, predictSeconds: 3.5, costUsd: 0.25 });
  });
});

const PICTURE = { ownerId: 'ann', original: 'originals/door', fileName: 'door.png' };
const UNWANTED = { ...PICTURE, original: 'originals/unwanted' };

describe('an end', () => {
  it('is final', async () => {
    const id = await add();
    await begin(id);
    await generations().recordDownloading(id);
    expect(await get(id)).toMatchObject({ status: 'downloading', progress: 95 });
    const { id: imageId = '' } = (await generations().completeWith(id, PICTURE)) ?? {};
    expect(await opened.catalog.images.get(imageId)).toMatchObject(PICTURE);
    const completed = await get(id);
    expect(completed).toMatchObject({ status: 'completed', imageId, progress: 100 });
    expect(await generations().list({ limit: 2, imageId })).toEqual([completed]);
    expect(completed.finishedAt).toEqual(expect.any(Date));
    expect(completed.durationMs).toBeGreaterThanOrEqual(0);

    expect(await generations().fail(id, { kind: 'Unexpected', message: 'no' })).toBe(false);
    expect(await generations().cancel(id)).toBe(false);
    expect(await generations().recordProgress(id, 3)).toEqual({ goesOn: false });
    await expect(generations().requestCancel(id)).rejects.toMatchObject({
      ...{ kind: 'GenerationEnded', message: 'The generation is completed already.' },
    });
    expect(await get(id)).toEqual(completed);
  });

  it('is no completion of what is to be cancelled', async () => {
    const id = await add();
    await generations().requestCancel(id);
    expect(await generations().completeWith(id, UNWANTED)).toBeUndefined();
    expect(
      (await opened.catalog.images.list({ limit: 100 })).map(({ original }) => original),
    ).not.toContain(UNWANTED.original);
    expect(await generations().cancel(id)).toBe(true);
    expect(await get(id)).toMatchObject({ status: 'cancelled' });
    expect((await get(id)).durationMs).toBeUndefined();
  });

  it('says why it is a failure', async () => {
    const id = await add();
    await generations().fail(id, { kind: 'ContentRejected', message: 'not\0 that' });
    expect(await get(id)).toMatchObject({
      status: 'failed',
      failure: { kind: 'ContentRejected', message: 'not that' },
    });
  });

  it('can be asked for by its owner only', async () => {
    const id = await add();
    const missing = { kind: 'GenerationNotFound' };
    const { generations: ofBob } = opened.catalog.as('bob');
    await expect(ofBob.requestCancel(id)).rejects.toMatchObject(missing);
    await expect(ofBob.get(id)).resolves.toBeUndefined();
    await expect(ofBob.list({ limit: 5 })).resolves.toEqual([]);
    await expect(generations().requestCancel(randomUUID())).rejects.toMatchObject(missing);
    await expect(generations().requestCancel('x')).rejects.toMatchObject(missing);
    expect(await opened.catalog.as('ann').generations.requestCancel(id)).toMatchObject({ id });
  });
});

describe('order', () => {
  it('is that of priority', async () => {
    const low = await get(await add({ priority: 2 }));
    expect(await generations().isOvertaken(low)).toBe(false);
    await add({ priority: 1 });
    expect(await generations().isOvertaken(low)).toBe(false);
    const high = await add({ priority: 3 });
    expect(await generations().isOvertaken(low)).toBe(true);
    await begin(high);
    expect(await generations().isOvertaken(low)).toBe(false);
  });

  it('is that of age among those of one priority', async () => {
    const [first, second] = [await add(), await add()];
    expect(await generations().isOvertaken(await get(second))).toBe(false);
    await opened.sql(
      `update generation_jobs set created_at = now() - interval '11 seconds' where id = $1`,
      [first],
    );
    expect(await generations().isOvertaken(await get(second))).toBe(true);
    expect(await generations().isOvertaken(await get(first))).toBe(false);
    const ofBob = await get(await add({ ownerId: 'bob' }));
    expect(await generations().isOvertaken(ofBob)).toBe(false);
  });
});

describe('what nobody looks after', () => {
  it('is found when it was left alone, and not again once somebody has looked', async () => {
    const [old, fresh, ended] = [await add(), await add(), await add()];
    await generations().cancel(ended);
    await opened.sql(
      `update generation_jobs set updated_at = now() - interval '2 minutes' where id <> $1`,
      [fresh],
    );
    const untouched = async () => (await generations().untouched(10)).map(({ id }) => id);
    expect(await untouched()).toEqual([old]);
    await generations().touch([old, ended]);
    expect(await untouched()).toEqual([]);
  });

  it('is not what the bridge has yet to refuse', async () => {
    await opened.sql(
      `insert into generation_jobs (owner_id, failure_message, updated_at)
       values ('ann', 'The width is a poem.', now() - interval '2 minutes')`,
    );
    expect(await generations().untouched(10)).toEqual([]);
  });
});

it('counts what there is', async () => {
  const waiting = await add();
  await opened.sql(
    `update generation_jobs set created_at = now() - interval '1 hour' where id = '${waiting}'`,
  );
  const failed = await add();
  await generations().fail(failed, { kind: 'Unexpected', message: '' });
  const { byStatus, oldestPendingMs } = await generations().counts();
  expect(byStatus).toEqual({
    ...{ pending: 1, processing: 0, downloading: 0, completed: 0, failed: 1, cancelled: 0 },
  });
  expect(oldestPendingMs).toBeCloseTo(3_600_000, -5);
});
