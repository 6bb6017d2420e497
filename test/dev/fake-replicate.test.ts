import { describe, expect, it, vi } from 'vitest';
import {
  FAKE_REPLICATE_TOKEN,
  FAKE_WEBHOOK_SECRET,
  startFakeReplicate,
} from '../../src/dev/fake-replicate.js';
import type { Outcome } from '../../src/dev/fake-replicate-predictions.js';
import { verdictOn } from '../../src/notify/verify.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { openReceiver, type Received } from '../support/receiver.js';

const fake = useFakeReplicate({ pageSize: 2 });

async function ask(path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${fake.baseUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${FAKE_REPLICATE_TOKEN}`, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, json };
}

const wanted = (changes: object = {}) => ({
  version: 'stability-ai/sdxl',
  input: { prompt: 'a fox', width: 64, height: 64 },
  ...changes,
});
const verdict = ({ id, timestamp, signature, body }: Received) =>
  verdictOn({ id, timestamp, signature, body }, FAKE_WEBHOOK_SECRET, Date.now());

async function told(how: NonNullable<Outcome['webhook']>, times: number): Promise<Received[]> {
  const receiver = await openReceiver();
  fake.next({ startMs: 0, runMs: 30, webhook: how });
  await ask('/predictions', wanted({ webhook: receiver.url }));
  await vi.waitFor(() => expect(receiver.received).toHaveLength(times), 5_000);
  return receiver.received;
}

describe('the fake Replicate', () => {
  it('goes from state to state by its clock, and forgets after an hour', async () => {
    fake.next({ startMs: 1_000, runMs: 1_000 });
    const { status, json } = await ask('/predictions', wanted());
    expect([status, json.status]).toEqual([201, 'starting']);
    expect(json.id).toMatch(/^[a-z0-9]{26}$/);
    const state = async () => (await ask(`/predictions/${String(json.id)}`)).json;
    fake.advance(1_500);
    expect(await state()).toMatchObject({ status: 'processing', output: null });
    fake.advance(1_000);
    expect(await state()).toMatchObject({ status: 'succeeded', metrics: { predict_time: 1 } });
    fake.advance(3_600_000);
    expect(await state()).toMatchObject({ output: null, input: {}, data_removed: true });
  });

  it.each([
    [wanted({ version: 'nobody/knows' }), {}, 422],
    [wanted({ input: {} }), {}, 422],
    [wanted({ input: { prompt: 'x', width: 65 } }), {}, 422],
    [wanted(), { 'cancel-after': '4s' }, 422],
    [wanted(), { 'cancel-after': '1h30m45s' }, 201],
    [wanted({ version: 'f'.repeat(64) }), {}, 201],
    [wanted(), { authorization: 'Bearer r8_other' }, 401],
  ])('takes what Replicate takes: %j %j', async (body, headers, expected) => {
    const { status } = await ask('/predictions', body, headers);
    expect(status).toBe(expected);
    expect(fake.ledger()).toHaveLength(expected === 201 ? 1 : 0);
  });

  it('bills what began, and does not what was aborted before', async () => {
    fake.next({ startMs: 10_000 }, { startMs: 0, runMs: 60_000 }, { startMs: 0, runMs: 60_000 });
    await ask('/predictions', wanted(), { 'cancel-after': '5s' });
    await ask('/predictions', wanted(), { 'cancel-after': '5s' });
    const { json } = await ask('/predictions', wanted());
    await ask(`/predictions/${String(json.id)}/cancel`, {});
    fake.advance(6_000);
    const bill = fake.ledger().map(({ status, billed }) => [status, billed]);
    expect(bill.slice(0, 2)).toEqual([
      ['aborted', false],
      ['canceled', true],
    ]);
    expect(bill[2]?.[0]).toBe('canceled');
    const again = await ask(`/predictions/${String(json.id)}/cancel`, {});
    expect(again).toMatchObject({ status: 200, json: { status: 'canceled' } });
  });

  it('lists in pages, the newest first', async () => {
    for (let n = 0; n < 5; n++) await ask('/predictions', wanted());
    const ids: unknown[] = [];
    let path: string | undefined = '/predictions?created_after=2020-01-01T00:00:00Z';
    while (path !== undefined) {
      const { json } = await ask(path);
      ids.push(...(json.results as { id: string }[]).map(({ id }) => id));
      path = (json.next as string | null)?.replace(fake.baseUrl, '');
    }
    expect(ids).toEqual(
      fake
        .ledger()
        .map(({ id }) => id)
        .reverse(),
    );
    const { json } = await ask('/predictions?created_after=2999-01-01T00:00:00Z');
    expect(json.results).toEqual([]);
  });

  it('tells of an end by a webhook that it has signed', async () => {
    const [one] = await told('usual', 1);
    expect(one && verdict(one)).toBe('genuine');
    expect(one?.event).toMatchObject({ status: 'succeeded' });
  });

  it('tells twice, under one id', async () => {
    const [one, two] = await told('twice', 2);
    expect(one && verdict(one)).toBe('genuine');
    expect(two?.id).toBe(one?.id);
  });

  it.each(['forged', 'stale'] as const)('tells what is %s', async (how) => {
    const [one] = await told(how, 1);
    expect(one && verdict(one)).toBe(how);
  });

  it('tells before the end, and late', async () => {
    const early = await told('early', 2);
    expect(early.map(({ event }) => (event as { status?: string }).status)).toContain('processing');
    expect(await told('late', 1)).toHaveLength(1);
  });

  it('can be worked with from another process', async () => {
    await using own = await startFakeReplicate();
    const at = own.baseUrl.replace('/v1', '');
    const post = (path: string, body: object) =>
      fetch(`${at}${path}`, { method: 'POST', body: JSON.stringify(body) });
    await post('/faults', { faults: [{ on: 'create', status: 402 }] });
    const headers = { authorization: `Bearer ${FAKE_REPLICATE_TOKEN}` };
    const create = () =>
      fetch(`${own.baseUrl}/predictions`, {
        ...{ method: 'POST', headers, body: JSON.stringify(wanted()) },
      });
    expect((await create()).status).toBe(402);
    expect((await create()).status).toBe(201);
    await post('/advance', { ms: 60_000 });
    const told = (await (await fetch(`${at}/ledger`)).json()) as { ledger: unknown[] };
    expect(told.ledger).toMatchObject([{ prompt: 'a fox', status: 'succeeded', billed: true }]);
  });
});
