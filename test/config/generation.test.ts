import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';

const DATABASE = { DATABASE_URL: 'postgres://localhost/darkroom' };
const SECRET = `whsec_${'A'.repeat(44)}`;
const load = (env: Record<string, string>) => loadConfig({ ...DATABASE, ...env });

describe('the settings of generations', () => {
  it('are those of mock, and nothing need be said', () => {
    expect(load({})).toMatchObject({ generationProvider: 'mock', generationConcurrency: 3 });
  });

  it('are complete with a token', () => {
    const config = load({ GENERATION_PROVIDER: 'replicate', REPLICATE_API_TOKEN: 'r8_1' });
    expect(config).toMatchObject({
      generationProvider: 'replicate',
      replicateBaseUrl: 'https://api.replicate.com/v1',
    });
  });

  it('have webhooks with a secret and an address that can be reached', () => {
    const webhooks = { REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'https://photos.example' };
    expect(load(webhooks)).toMatchObject({ replicateWebhookSecret: SECRET });
  });

  it.each<[Record<string, string>, string]>([
    [
      { GENERATION_PROVIDER: 'dalle' },
      'GENERATION_PROVIDER must be one of mock, replicate, not "dalle"',
    ],
    [
      { GENERATION_PROVIDER: 'replicate' },
      'REPLICATE_API_TOKEN is required, because GENERATION_PROVIDER is replicate',
    ],
    [{ REPLICATE_API_TOKEN: 'r8 1' }, 'REPLICATE_API_TOKEN must hold neither spaces nor line ends'],
    [{ REPLICATE_WEBHOOK_SECRET: 'secret' }, 'REPLICATE_WEBHOOK_SECRET must be whsec_'],
    [
      { REPLICATE_WEBHOOK_SECRET: SECRET },
      'PUBLIC_URL is required for webhooks, because REPLICATE_WEBHOOK_SECRET is set',
    ],
    [
      { REPLICATE_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'http://photos.example' },
      'PUBLIC_URL must start with https://, because Replicate calls no other webhooks',
    ],
    [
      { GENERATION_CONCURRENCY: '0' },
      'GENERATION_CONCURRENCY must be a whole number from 1 to 100',
    ],
  ])('%j: a plain word', (env, problem) => {
    expect(() => load(env)).toThrow(problem);
  });
});
