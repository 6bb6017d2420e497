import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { embeddingEndpoint, metadataEndpoint } from '../../src/config/provider-variables.js';

const DATABASE = { DATABASE_URL: 'postgres://localhost/darkroom' };
const load = (env: Record<string, string>) => loadConfig({ ...DATABASE, ...env });

describe('the settings of providers', () => {
  it('are those of the builtin ones, and nothing need be said', () => {
    expect(load({})).toMatchObject({ metadataProvider: 'builtin', embeddingProvider: 'builtin' });
  });

  it('are complete with a provider, an address, a key and a model', () => {
    const config = load({
      METADATA_PROVIDER: 'openai',
      OPENAI_BASE_URL: 'https://openrouter.ai/api/v1/',
      OPENAI_API_KEY: 'sk-or-1',
      METADATA_MODEL: 'openai/gpt-4o-mini',
    });
    expect(metadataEndpoint(config)).toEqual({
      baseUrl: 'https://openrouter.ai/api/v1',
      apiKey: 'sk-or-1',
    });
  });

  it('send a key only to the endpoint that it is for', () => {
    const config = load({
      OPENAI_API_KEY: 'sk-1',
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'nomic-embed-text',
      EMBEDDING_BASE_URL: 'http://127.0.0.1:11434/v1',
    });
    expect(embeddingEndpoint(config)).toEqual({ baseUrl: 'http://127.0.0.1:11434/v1' });
  });

  it.each([
    [{ METADATA_PROVIDER: 'gpt' }, 'METADATA_PROVIDER must be one of builtin, openai, not "gpt"'],
    [
      { METADATA_PROVIDER: 'openai' },
      'OPENAI_API_KEY is required, because OpenAI is asked; OPENAI_BASE_URL names another endpoint',
    ],
    [
      { OPENAI_BASE_URL: 'localhost:11434' },
      'OPENAI_BASE_URL must be an http:// or https:// address without credentials',
    ],
    [
      { OPENAI_API_KEY: 'sk 1' },
      'OPENAI_API_KEY must hold neither spaces nor line ends nor letters with accents',
    ],
    [
      { METADATA_CALLS_PER_MINUTE: '0' },
      'METADATA_CALLS_PER_MINUTE must be a whole number from 1 to 100000, not "0"',
    ],
    [
      { EMBEDDING_PROVIDER: 'openai', EMBEDDING_MODEL: 'mine', OPENAI_API_KEY: 'k' },
      'EMBEDDING_DIMENSIONS is required for mine: how many numbers its vectors have',
    ],
    [
      { EMBEDDING_PROVIDER: 'openai', EMBEDDING_DIMENSIONS: '2000', OPENAI_API_KEY: 'k' },
      'EMBEDDING_DIMENSIONS must be at most 1536, which is what text-embedding-3-small gives',
    ],
  ])('%j: a plain word', (env, problem) => {
    expect(() => load(env as unknown as Record<string, string>)).toThrow(problem);
  });
});
