import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NewEndpoint } from '../../src/catalog/endpoints.js';
import { USUAL_EVENTS, type Subscription } from '../../src/domain/events.js';
import type { FailureKind } from '../../src/domain/failures.js';
import { groupFailures } from '../../src/domain/group-failures.js';
import { useCatalog } from './open.js';
import { facts, failure, tier } from './records.js';

const opened = useCatalog();
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SOURCE = { provider: 'p', model: 'm', version: '1' };
const WORDS = { description: '', tags: [], category: '', dominantColors: [], mood: '' };

beforeEach(() => opened.sql('truncate webhook_endpoints cascade'));

async function listen(more: Partial<NewEndpoint> = {}): Promise<string> {
  const events: Subscription[] = [...USUAL_EVENTS.allOwners];
  const endpoint = { url: 'https://example.com/', secret: 'whsec_x', events, ...more };
  return (await opened.catalog.endpoints.add(endpoint)).id;
}
/** Oldest first. */
const events = async () => (await opened.catalog.deliveries.list({ limit: 100 })).reverse();
const types = async () => (await events()).map(({ type }) => type);
const add = (ownerId = 'ann') => opened.add(`${randomUUID()}.jpg`, ownerId);
const fail = (id: string, kind: FailureKind = 'NotAnImage') =>
  opened.catalog.images.recordFailure(id, ['variants', 'metadata', 'embedding'], failure({ kind }));

/** To the end, step by step. */
async function complete(id: string): Promise<void> {
  const { images } = opened.catalog;
  await images.recordOriginal(id, facts());
  for (const label of ['sm', 'md', 'lg'] as const) await images.recordTier(id, tier(label));
  await images.recordMetadata(id, WORDS, SOURCE);
  await images.recordEmbedding(id, [1, 2], SOURCE);
}

describe('events', () => {
  it('are none without endpoints', async () => {
    const id = await add();
    await complete(id);
    await fail(id);
    await opened.catalog.lifecycle.markDeleted(id);
    await expect(opened.sql('select * from webhook_deliveries')).resolves.toEqual([]);
    await expect(opened.sql('select * from webhook_failures')).resolves.toEqual([]);
    await expect(opened.catalog.deliveries.toStart(id)).resolves.toEqual({
      ...{ deliveries: [], beginsGroup: false },
    });
  });

  it('say that an image is completed, once', async () => {
    const endpointId = await listen();
    const id = await add();
    await complete(id);
    await opened.catalog.images.recordEmbedding(id, [1, 2], SOURCE);
    const all = await events();
    expect(all).toMatchObject([{ type: 'image.completed', about: id, state: 'pending' }]);
    const fileName = expect.stringMatching(/\.jpg$/);
    expect(all[0]?.payload).toEqual({
      ...{ imageId: id, ownerId: 'ann', fileName, status: 'completed' },
      ...{ variantsReady: true, readyMaxWidth: 1920, quarantined: false, failures: [] },
      ...{ width: facts().widthPx, height: facts().heightPx },
    });
    const toStart = await opened.catalog.deliveries.toStart(id);
    expect(toStart).toEqual({
      deliveries: [{ id: all[0]?.id, endpointId, type: 'image.completed' }],
      beginsGroup: false,
    });
    await complete(id);
    expect(await types()).toEqual(['image.completed', 'image.completed']);
  });

  it('say that an image failed and why, again when another try fails before it begins', async () => {
    await listen();
    const id = await add();
    const first = failure({ kind: 'NotAnImage', message: 'It is a diary. '.repeat(200) });
    await opened.catalog.images.recordFailure(id, ['variants', 'metadata', 'embedding'], first);
    await fail(id);
    const all = await events();
    expect(all.map(({ type }) => type)).toEqual(['image.failed', 'image.failed']);
    const { payload } = all[0] ?? {};
    const why = { kind: 'NotAnImage', message: first.message.slice(0, 1000), at: first.at };
    expect(payload).toMatchObject({
      ...{ imageId: id, status: 'failed', variantsReady: false, readyMaxWidth: 0, width: null },
      failures: ['variants', 'metadata', 'embedding'].map((step) => ({ step, ...why })),
    });
  });

  it('say nothing of work that was cancelled', async () => {
    const id = await add();
    await complete(id);
    await listen();
    await opened.catalog.images.recordRequest(id, ['metadata']);
    await opened.catalog.images.release(id);
    expect(await types()).toEqual([]);
  });

  it('say that an image was deleted, once', async () => {
    await listen();
    const id = await add();
    await opened.catalog.lifecycle.markDeleted(id);
    await opened.catalog.lifecycle.markDeleted(id);
    await opened.catalog.lifecycle.forget(id);
    const deletedAt = expect.stringMatching(ISO);
    const fileName = expect.any(String);
    const payload = { imageId: id, ownerId: 'ann', fileName, deletedAt };
    expect(await events()).toMatchObject([{ type: 'image.deleted', payload }]);
  });

  it('say that a run ended and how, once', async () => {
    await listen();
    const run = { id: randomUUID(), workflowId: 'backfill', scope: 'all', total: 3 } as const;
    await opened.catalog.runs.open({ ...run, steps: ['variants'], startedBy: 'cli' });
    const end = { status: 'succeeded_with_failures', done: 2, failed: 1 } as const;
    await opened.catalog.runs.mark(run.id, { ...end, status: 'paused' });
    await opened.catalog.runs.close(run.id, end);
    await opened.catalog.runs.close(run.id, end);
    const all = await events();
    expect(all).toMatchObject([{ type: 'run.finished', about: run.id }]);
    expect(all[0]?.payload).toEqual({
      ...{ runId: run.id, scope: 'all', steps: ['variants'], startedBy: 'cli' },
      ...{ ...end, total: 3, failure: null },
      ...{ startedAt: expect.stringMatching(ISO), finishedAt: expect.stringMatching(ISO) },
    });
  });

  it('go to the endpoints that want them, of their own owner or of all', async () => {
    const ann = await listen({ ownerId: 'ann', events: ['image.deleted'] });
    const bob = await listen({ ownerId: 'bob', events: ['image.deleted', 'image.failed'] });
    const all = await listen({ events: ['image.deleted'] });
    const disabled = await listen({ events: ['image.deleted'] });
    await opened.catalog.endpoints.disable(disabled, 'It answered 410.');
    const [ofAnn, ofBob] = [await add('ann'), await add('bob')];
    await opened.catalog.lifecycle.markDeleted(ofAnn);
    await opened.catalog.lifecycle.markDeleted(ofBob);
    await fail(await add('ann'));
    const told = (await events()).map(({ about, endpointId }) => [about, endpointId]);
    expect(told.sort()).toEqual(
      [
        [ofAnn, ann],
        [ofAnn, all],
        [ofBob, bob],
        [ofBob, all],
      ].sort(),
    );
  });

  it('are gone with the transaction that was not committed', async () => {
    await listen();
    const id = await add();
    await opened.sql('begin');
    await opened.sql('update images set deleted_at = now() where id = $1', [id]);
    await opened.sql('rollback');
    expect(await events()).toEqual([]);
  });
});

describe('failures for administrators', () => {
  const toEvent = (failures: Parameters<typeof groupFailures>[0]) => ({
    ...{ type: 'failures.grouped' as const, about: 'failures' },
    payload: { ...groupFailures(failures) },
  });

  it('are one event an endpoint, by kind, with the first images', async () => {
    await listen({ events: ['failures.grouped'] });
    await listen({ events: ['failures.grouped', 'run.finished'] });
    const broken = [];
    for (let i = 0; i < 7; i++) broken.push(await add());
    for (const id of broken) await fail(id);
    const missing = await add('bob');
    const kind = 'OriginalMissing';
    await fail(missing, kind);
    const begins = async (id = '') => (await opened.catalog.deliveries.toStart(id)).beginsGroup;
    expect([await begins(broken[0]), await begins(broken[1])]).toEqual([true, false]);
    expect(await opened.catalog.groupedFailures.waitingSince()).toBeInstanceOf(Date);
    expect(await events()).toEqual([]);

    await expect(opened.catalog.groupedFailures.group(toEvent)).resolves.toBe(2);
    await expect(opened.catalog.groupedFailures.group(toEvent)).resolves.toBe(0);
    const all = await events();
    expect(all).toHaveLength(2);
    expect(all[0]?.payload).toEqual({
      failures: 8,
      ...{ from: expect.stringMatching(ISO), to: expect.stringMatching(ISO) },
      groups: [
        {
          ...{ kind: 'NotAnImage', says: 'The file is not an image.', count: 7 },
          images: broken.slice(0, 5).map((imageId) => ({
            ...{ imageId, ownerId: 'ann', fileName: expect.any(String) },
          })),
        },
        {
          ...{ kind, says: 'The original is no longer where it was.', count: 1 },
          images: [{ imageId: missing, ownerId: 'bob', fileName: expect.any(String) }],
        },
      ],
    });
    expect(await opened.catalog.groupedFailures.waitingSince()).toBeUndefined();
  });
});

describe('deliveries', () => {
  async function three(): Promise<string[]> {
    await listen();
    for (let i = 0; i < 3; i++) await opened.catalog.lifecycle.markDeleted(await add());
    return (await events()).map(({ id }) => id);
  }

  it('are listed newest first, by state and endpoint, page by page', async () => {
    const [first = '', second = '', third = ''] = await three();
    const { deliveries, endpoints } = opened.catalog;
    await deliveries.recordAttempt(second, {
      state: 'dead',
      status: 500,
      error: 'It answered 500.',
    });
    const list = async (page: object) =>
      (await deliveries.list({ limit: 2, ...page })).map(({ id }) => id);
    expect(await list({})).toEqual([third, second]);
    expect(await list({ after: second })).toEqual([first]);
    expect(await list({ state: 'dead' })).toEqual([second]);
    expect(await list({ endpointId: randomUUID() })).toEqual([]);
    const wrong = { kind: 'InvalidInput' };
    await expect(list({ after: 'x' })).rejects.toMatchObject(wrong);
    await expect(list({ endpointId: 'x' })).rejects.toMatchObject(wrong);
    await expect(list({ state: `dead' or true --` })).rejects.toMatchObject(wrong);
    const [endpoint] = await endpoints.list();
    expect(endpoint).not.toHaveProperty('secret');
    expect(await list({ endpointId: endpoint?.id })).toHaveLength(2);
  });

  it('that are overdue are found, and those of long ago forgotten', async () => {
    const [late = '', waiting = '', old = ''] = await three();
    const { deliveries } = opened.catalog;
    await deliveries.recordAttempt(waiting, { state: 'pending', error: 'x', waitMs: 60_000 });
    await deliveries.recordAttempt(old, { state: 'delivered', status: 200 });
    await expect(deliveries.overdue(10)).resolves.toEqual([]);
    await opened.sql(
      `update webhook_deliveries set next_attempt_at = now() - interval '2 minutes'
      where id = $1`,
      [late],
    );
    await opened.sql(`update webhook_deliveries set created_at = now() - interval '8 days'`);
    await expect(deliveries.overdue(10)).resolves.toMatchObject([{ id: late }]);
    await expect(deliveries.forgetOld()).resolves.toBe(1);
    expect((await events()).map(({ id }) => id)).toEqual([late, waiting]);
  });

  it('go with their endpoint', async () => {
    const pending = await three();
    const [endpoint] = await opened.catalog.endpoints.list();
    const removed = await opened.catalog.endpoints.remove(endpoint?.id ?? '');
    expect(removed?.pending.sort()).toEqual(pending.sort());
    expect(await events()).toEqual([]);
    await expect(opened.catalog.deliveries.open(pending[0] ?? '')).resolves.toBeUndefined();
    await expect(opened.catalog.endpoints.remove(endpoint?.id ?? '')).resolves.toBeUndefined();
    await expect(opened.catalog.endpoints.remove('nonsense')).resolves.toBeUndefined();
  });

  it('go with their endpoint, also days of them, a part at a time', async () => {
    const [gone, other] = [await listen(), await listen()];
    await opened.sql(
      `insert into webhook_deliveries (endpoint_id, type, about, payload, state)
       select $1::uuid, 'image.completed', 'x', '{}', 'delivered' from generate_series(1, 10001)`,
      [gone],
    );
    const delivery = { type: 'endpoint.test', about: other, payload: {} } as const;
    await opened.catalog.deliveries.add(other, delivery);
    await expect(opened.catalog.endpoints.remove(gone)).resolves.toEqual({ pending: [] });
    const [left] = await opened.sql<{ count: string }>('select count(*) from webhook_deliveries');
    expect(left?.count).toBe('1');
  });
});
