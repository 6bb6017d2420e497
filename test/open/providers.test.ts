import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { limits } from '../../src/client/limits.js';
import { providers } from '../../src/client/providers.js';
import { loadConfig, type Config } from '../../src/config/config.js';
import { openProviderGate } from '../../src/open/provider-gate.js';
import { openProviders } from '../../src/open/providers.js';
import { picture } from '../metadata/metadata.contract.js';
import { useCatalog } from '../catalog/open.js';
import { openAiEnv, useFakeOpenAi } from '../support/fake-openai.js';
import { picture as jpeg } from '../support/pictures.js';

const fake = useFakeOpenAi();
const database = useCatalog();
/** Of another worker process: all that two of them share is the database. */
let elsewhere: Catalog;
let preview: Buffer;

beforeAll(async () => {
  elsewhere = openCatalog(database.url);
  preview = await jpeg({ widthPx: 60, heightPx: 40 });
});
beforeEach(() => database.sql('truncate provider_limits, provider_states'));
afterAll(() => elsewhere[Symbol.asyncDispose]());

const config = (changes: Record<string, string> = {}): Config =>
  loadConfig({ DATABASE_URL: database.url, ...openAiEnv(fake), ...changes });

function worker(catalog: Catalog, changes?: Record<string, string>) {
  const { metadata, embedding } = openProviders(config(changes), catalog);
  const seen = picture({ preview: () => Promise.resolve(preview) });
  return {
    describe: (signal?: AbortSignal) => metadata.describe(seen, { ...(signal && { signal }) }),
    embed: (text: string) => embedding.embed([text], {}),
  };
}

const twoWorkers = (changes?: Record<string, string>) =>
  [worker(database.catalog, changes), worker(elsewhere, changes)] as const;

/** The most calls that any stretch of so many milliseconds saw. */
function mostWithin(windowMs: number): number {
  const times = fake.calls.map(({ atMs }) => atMs);
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at <= from + windowMs).length),
  );
}

describe('the rate of a provider', () => {
  it('is kept by two workers together: n a minute are at most n + 1 in any minute', async () => {
    // A minute of 5 seconds: ten calls in that time.
    const [one, other] = twoWorkers({ METADATA_CALLS_PER_MINUTE: '120' });
    const asked = Array.from({ length: 24 }, (_, at) => (at % 2 === 0 ? one : other).describe());
    await Promise.all(asked);
    expect(fake.calls).toHaveLength(24);
    expect(mostWithin(5_000)).toBeLessThanOrEqual(11);
  });

  it('is ten a minute for a provider that is paid, and none for the builtin one', async () => {
    const ofNobody = { METADATA_CALLS_PER_MINUTE: '', EMBEDDING_CALLS_PER_MINUTE: '' };
    const builtin = { ...ofNobody, METADATA_PROVIDER: 'builtin' };
    expect(await limits(database.catalog, config({ ...builtin })).list()).toEqual([
      { queue: 'darkroom-metadata' },
      { queue: 'darkroom-embedding', ratePerMinute: 10, usualRatePerMinute: 10 },
      { queue: 'darkroom-generation' },
    ]);
  });

  it('changes while calls wait for it, up and back to what is configured', async () => {
    const [one, other] = twoWorkers({ METADATA_CALLS_PER_MINUTE: '1' });
    const set = limits(database.catalog, config({ METADATA_CALLS_PER_MINUTE: '1' }));
    await one.describe();
    const waiting = [one.describe(), other.describe()];
    await set.set('metadata', 6_000);
    await Promise.all(waiting);
    expect(fake.calls).toHaveLength(3);
    expect(await set.set('darkroom-metadata', null)).toMatchObject({ ratePerMinute: 1 });
  });

  it('is waited for by the patient longer than by the others, who give up without a call', async () => {
    const gate = openProviderGate({
      ...{ catalog: database.catalog, queue: 'darkroom-metadata', usualRate: 60, probeMs: 1 },
      waitMs: { usual: 100, patient: 5_000 },
    });
    let calls = 0;
    const pass = (patient: boolean) => gate.pass(async () => (calls += 1), { patient });
    await pass(false);
    await expect(pass(false)).rejects.toMatchObject({ kind: 'ProviderBusy' });
    expect(calls).toBe(1);
    await pass(true);
    expect(calls).toBe(2);
  });

  it('lets nobody wait who is not waited for, also behind others', async () => {
    const [one] = twoWorkers({ METADATA_CALLS_PER_MINUTE: '1' });
    await one.describe();
    const stops = [new AbortController(), new AbortController()];
    const [first, second] = stops.map(({ signal }) => one.describe(signal));
    stops[1]?.abort();
    await expect(second).rejects.toThrow();
    stops[0]?.abort();
    await expect(first).rejects.toThrow();
    expect(fake.calls).toHaveLength(1);
  });

  it('stands still for every worker when the provider wants that', async () => {
    const [one, other] = twoWorkers();
    fake.fail({ status: 429, headers: { 'retry-after': '1' } });
    await expect(one.describe()).rejects.toMatchObject({ kind: 'ProviderRateLimited' });
    await other.describe();
    const [refused, next] = fake.calls;
    expect((next?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it('is not waited for a day because the clock of the database was set back', async () => {
    const queue = 'darkroom-metadata';
    const turn = () => database.catalog.limits.takeTurn(queue, 60);
    const setBack = () =>
      database.sql(`update provider_limits set next_at = now() + interval '1 day'`);
    await turn();
    await setBack();
    expect(await turn()).toEqual({ state: 'go', unlimited: false });
    expect(await turn()).toMatchObject({ state: 'wait' });
    await setBack();
    await database.catalog.limits.hold(queue, 5_000);
    expect(await turn()).toMatchObject({ state: 'wait' });
  });

  it.each([
    ['nowhere', 5, 'QueueNotFound'],
    ['imaging', 5, 'InvalidInput'],
    ['metadata', 0, 'InvalidInput'],
    ['metadata', 1.5, 'InvalidInput'],
  ])('of %s cannot be %s', async (queue, rate, kind) => {
    const set = limits(database.catalog, config());
    await expect(set.set(queue, rate)).rejects.toMatchObject({ kind });
  });
});

describe('the circuit of a provider', () => {
  const short = { PROVIDER_PROBE_SECONDS: '1' };

  async function open(changes?: Record<string, string>): Promise<void> {
    const [one, other] = twoWorkers(changes);
    for (const each of [one, other, one]) {
      await expect(each.describe()).rejects.toMatchObject({ kind: 'ProviderUnauthorized' });
    }
  }

  it('opens for all workers after three refusals of the key, and then nobody asks', async () => {
    fake.useKey('another');
    await open();
    const [, other] = twoWorkers();
    await expect(other.describe()).rejects.toMatchObject({ kind: 'ProviderPaused' });
    expect(fake.calls).toHaveLength(3);
    // Embedding is another account's affair.
    await expect(other.embed('x')).rejects.toMatchObject({ kind: 'ProviderUnauthorized' });
  });

  it('opens after three refusals to work without money', async () => {
    fake.failAlways({ status: 402 });
    const [one] = twoWorkers();
    for (const kind of ['ProviderBilling', 'ProviderBilling', 'ProviderBilling', 'ProviderPaused'])
      await expect(one.describe()).rejects.toMatchObject({ kind });
  });

  it('stays closed when refusals are not in a row', async () => {
    const [one] = twoWorkers();
    for (let times = 0; times < 3; times += 1) {
      fake.fail({ status: 401 }, { status: 401 });
      await one.describe().catch(() => undefined);
      await one.describe().catch(() => undefined);
      await one.describe();
    }
  });

  it('closes when one call that tries after a while succeeds', async () => {
    fake.useKey('another');
    await open(short);
    const [one, other] = twoWorkers(short);
    await expect(one.describe()).rejects.toMatchObject({ kind: 'ProviderPaused' });
    fake.useKey('fake-key');
    const admitted = () =>
      one.describe().then(
        () => true,
        () => false,
      );
    await expect.poll(admitted, { timeout: 5_000, interval: 200 }).toBe(true);
    await other.describe();
  });

  it('is tried at once when its next try is a day away, because the clock was set back', async () => {
    fake.useKey('another');
    await open();
    const [one] = twoWorkers();
    await expect(one.describe()).rejects.toMatchObject({ kind: 'ProviderPaused' });
    fake.useKey('fake-key');
    await database.sql(`update provider_states set probe_at = now() + interval '1 day'`);
    await one.describe();
  });

  it('is closed for another key', async () => {
    fake.useKey('another');
    await open();
    const [one] = twoWorkers({ OPENAI_API_KEY: 'another' });
    await one.describe();
    expect(await providers(database.catalog, config()).list()).toMatchObject([
      { step: 'metadata', provider: 'openai' },
      { step: 'embedding' },
    ]);
  });

  it('is told with the last failure, and a test that succeeds ends it', async () => {
    fake.useKey('another');
    await open();
    const asked = providers(database.catalog, config());
    expect(await asked.list()).toMatchObject([
      {
        paused: { since: expect.any(Date) as Date },
        lastFailure: { kind: 'ProviderUnauthorized' },
      },
      { step: 'embedding' },
    ]);
    expect(JSON.stringify(await asked.list())).not.toContain('fake-key');
    expect(await asked.test('metadata')).toMatchObject({ ok: false });
    fake.useKey('fake-key');
    expect(await asked.test('metadata')).toMatchObject({
      ok: true,
      says: expect.stringContaining('fake provider') as string,
    });
    expect((await asked.list())[0]).not.toHaveProperty('paused');
    expect(await asked.test('embedding')).toMatchObject({
      ok: true,
      says: 'It answered with 64 numbers.',
    });
  });
});
