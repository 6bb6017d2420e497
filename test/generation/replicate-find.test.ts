import { describe, expect, it, vi } from 'vitest';
import { FAKE_REPLICATE_TOKEN } from '../../src/dev/fake-replicate.js';
import type { ReplicateFault } from '../../src/dev/fake-replicate-wire.js';
import { openReplicate, type ReplicateSettings } from '../../src/generation/replicate.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { order, SIGNAL } from './orders.js';

const fake = useFakeReplicate({ pageSize: 3 });

function provider(changes: Partial<ReplicateSettings> = {}) {
  return openReplicate({
    endpoint: { baseUrl: fake.baseUrl, token: FAKE_REPLICATE_TOKEN, timeoutMs: 300 },
    model: 'stability-ai/sdxl',
    outputs: { allowPrivate: true },
    find: { settleMs: 0 },
    ...changes,
  });
}
const withWebhooks = () => provider({ webhookBase: 'http://127.0.0.1:9/' });

const LOST: [what: string, fault: ReplicateFault][] = [
  ['a connection that broke', { on: 'create', reset: true, done: true }],
  ['no answer', { on: 'create', hang: true, done: true }],
  ['an answer that is late', { on: 'create', delayMs: 600 }],
  ['a gateway', { on: 'create', status: 502, body: '<h1>Bad gateway</h1>', done: true }],
];

describe('a prediction whose answer was lost', () => {
  it.each(LOST)('by %s is found among others and not made again', async (_what, fault) => {
    for (const asked of [provider(), withWebhooks()]) {
      fake.reset();
      const ordered = order();
      await asked.create({ ...order(), generationId: 'another' }, SIGNAL);
      fake.fail(fault);
      const lost = asked.create(ordered, SIGNAL);
      await expect(lost).rejects.toMatchObject({ kind: 'PredictionUncertain' });
      for (let n = 0; n < 7; n++) await asked.create(order(), SIGNAL);
      const found = await asked.find(ordered, SIGNAL);
      expect(found?.id).toBe(fake.ledger()[1]?.id);
      expect(fake.ledger()).toHaveLength(9);
    }
  });

  it('is not found when it was never made', async () => {
    fake.fail({ on: 'create', reset: true });
    const ordered = order();
    await expect(provider().create(ordered, SIGNAL)).rejects.toThrow();
    await provider().create(order(), SIGNAL);
    expect(await provider().find(ordered, SIGNAL)).toBeUndefined();
    expect(await withWebhooks().find(ordered, SIGNAL)).toBeUndefined();
  });

  it('is waited for while it may be on its way', async () => {
    const patient = provider({ find: { settleMs: 30_000 } });
    const ordered = order();
    const finding = patient.find(ordered, SIGNAL);
    await vi.waitFor(() => expect(fake.calls.length).toBeGreaterThan(0));
    const made = await provider().create(ordered, SIGNAL);
    expect((await finding)?.id).toBe(made.id);
  });

  it('is no other try of the same generation, and none of another', async () => {
    const first = order();
    await provider().create(first, SIGNAL);
    const second = { ...first, attempt: 2 };
    expect(await provider().find(second, SIGNAL)).toBeUndefined();
    expect(await provider().find({ ...first, generationId: 'x' }, SIGNAL)).toBeUndefined();
  });

  it('is told by its webhook from one with the same seed', async () => {
    const [one, other] = [order({ seed: 5 }), order({ seed: 5 })];
    await withWebhooks().create(one, SIGNAL);
    expect(await withWebhooks().find(other, SIGNAL)).toBeUndefined();
    const made = await withWebhooks().create(other, SIGNAL);
    expect((await withWebhooks().find(other, SIGNAL))?.id).toBe(made.id);
  });

  it('is the one that was made since, when a seed that somebody chose makes several alike', async () => {
    const before = await provider().create(order({ seed: 5 }), SIGNAL);
    fake.advance(1_000);
    const ordered = order({ seed: 5 }, { orderedAt: new Date(Date.now() + 500) });
    const since = await provider().create(ordered, SIGNAL);
    expect(since.id).not.toBe(before.id);
    expect((await provider().find(ordered, SIGNAL))?.id).toBe(since.id);
  });

  it('is found although their clock is behind ours', async () => {
    const ordered = order({}, { orderedAt: new Date(Date.now() + 20_000) });
    const made = await provider().create(ordered, SIGNAL);
    expect((await provider().find(ordered, SIGNAL))?.id).toBe(made.id);
  });

  it('is found by a picture whose address is another each time', async () => {
    const bytes = async () => ({ bytes: Buffer.from('x'), mediaType: 'image/png' });
    const ordered = order({ strength: 0.5 });
    const from = (url: string) => ({ ...ordered, source: { url, bytes } });
    const made = await provider().create(from('https://a.example/p.png?sig=1'), SIGNAL);
    const found = await provider().find(from('https://a.example/p.png?sig=2'), SIGNAL);
    expect(found?.id).toBe(made.id);
  });

  it('is waited for by who gave up after it was sent', async () => {
    fake.fail({ on: 'create', delayMs: 100 });
    const giving = new AbortController();
    const creating = provider().create(order(), giving.signal);
    await vi.waitFor(() => expect(fake.ledger()).toHaveLength(1));
    giving.abort(new Error('cancelled'));
    expect((await creating).id).toBe(fake.ledger()[0]?.id);
  });

  it('is looked for on one host only, whatever the next page says', async () => {
    const next = 'http://127.0.0.1:1/v1/predictions?cursor=abc';
    fake.fail({ on: 'list', status: 200, body: { results: [], next } });
    expect(await provider().find(order(), SIGNAL)).toBeUndefined();
    const asked = fake.calls.filter(({ route }) => route === 'list');
    expect(asked).toHaveLength(2);
    expect(asked[1]?.path).toContain('cursor=abc');
  });
});
