import { describe, expect, it } from 'vitest';
import type { Turn } from '../../src/catalog/provider-limits.js';
import type { LimitCatalog } from '../../src/catalog/provider-limits.js';
import { loadConfig } from '../../src/config/config.js';
import { FAKE_WEBHOOK_SECRET, fakeReplicateSettings } from '../../src/dev/fake-replicate.js';
import { failureOf } from '../../src/domain/failures.js';
import { openGenerationProviders, type GenerationTools } from '../../src/open/generation.js';
import { order, SIGNAL } from '../generation/orders.js';
import { useFakeReplicate } from '../support/fake-replicate.js';

const fake = useFakeReplicate();

/** Turns as they are told; what is held is noted. */
function toolsWith(turns: Turn[] = []) {
  const held: [string, number][] = [];
  const limits: LimitCatalog = {
    takeTurn: async () => turns.shift() ?? { state: 'go', unlimited: true },
    hold: async (queue, ms) => void held.push([queue, ms]),
    setRate: async () => undefined,
    rates: async () => new Map(),
  };
  const nobody = () => Promise.reject(new Error('nobody is asked'));
  const tools = {
    encoders: { run: nobody },
    scratch: { folder: nobody },
    catalog: { limits },
  } as unknown as GenerationTools;
  return { tools, held };
}

const DATABASE = { DATABASE_URL: 'postgres://localhost/darkroom' };
const load = (env: Record<string, string>) => loadConfig({ ...DATABASE, ...env });

describe('the providers of generations', () => {
  it('are there by name, whoever is the usual one', () => {
    const config = load({ REPLICATE_API_TOKEN: 'r8_1' });
    const providers = openGenerationProviders(config, toolsWith().tools);
    expect(providers.usual).toBe('mock');
    expect(providers.of('mock').name).toBe('mock');
    expect(providers.of('replicate').name).toBe('replicate');
  });

  it('are missing for good without their settings', () => {
    const providers = openGenerationProviders(load({}), toolsWith().tools);
    expect(() => providers.of('replicate')).toThrow('REPLICATE_API_TOKEN is not set.');
    expect(failureOf('ProviderNotConfigured')).toMatchObject({ retry: false, defer: false });
  });

  it('ask Replicate with the webhook of this Darkroom, when it has a secret for it', async () => {
    const config = load({
      ...fakeReplicateSettings(fake),
      PUBLIC_URL: 'http://127.0.0.1:9/',
      REPLICATE_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRET,
    });
    const ordered = order();
    const { tools } = toolsWith();
    await openGenerationProviders(config, tools).of('replicate').create(ordered, SIGNAL);
    const { generationId } = ordered;
    expect(fake.ledger()).toMatchObject([{ generationId, attempt: 1 }]);
  });

  it('hold still, all of them, when Replicate wants fewer predictions', async () => {
    const { tools, held } = toolsWith();
    fake.fail({ status: 429, headers: { 'retry-after': '7' } });
    const { of } = openGenerationProviders(load(fakeReplicateSettings(fake)), tools);
    const refused = of('replicate').create(order(), SIGNAL);
    await expect(refused).rejects.toMatchObject({ kind: 'ProviderRateLimited' });
    expect(held).toEqual([['darkroom-generation', 7_000]]);
  });

  it('wait for their turn, and end when their caller does', async () => {
    const { tools } = toolsWith(Array<Turn>(50).fill({ state: 'wait', waitMs: 60_000 }));
    const { of } = openGenerationProviders(load({ GENERATION_CALLS_PER_MINUTE: '1' }), tools);
    const giving = new AbortController();
    const creating = of('mock').create(order(), giving.signal);
    giving.abort(new Error('given up'));
    await expect(creating).rejects.toThrow();
  });
});
