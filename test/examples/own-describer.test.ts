import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { byLight, describerServer } from '../../examples/own-describer.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { loadConfig } from '../../src/config/config.js';
import { openProviders } from '../../src/open/providers.js';
import { openTestDatabase } from '../support/database.js';
import { picture as described } from '../metadata/metadata.contract.js';
import { picture } from '../support/pictures.js';

type Describe = Parameters<typeof describerServer>[0];

/** Darkroom's side of the conversation, as a worker has it. */
async function openMetadata(describe: Describe) {
  const server = describerServer(describe).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const database = await openTestDatabase();
  const catalog = openCatalog(database.url);
  onTestFinished(async () => {
    await catalog[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    server.close();
  });
  const config = loadConfig({
    ...{ DATABASE_URL: database.url, METADATA_PROVIDER: 'openai', METADATA_MODEL: 'light-1' },
    ...{ OPENAI_API_KEY: 'none', METADATA_CALLS_PER_MINUTE: '6000' },
    OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  });
  return openProviders(config, catalog).metadata;
}

describe('the describer of the examples', () => {
  it('describes pictures for Darkroom', async () => {
    const metadata = await openMetadata(byLight);
    const preview = await picture({ widthPx: 200, heightPx: 100 });
    const found = await metadata.describe(
      described({ preview: () => Promise.resolve(preview) }),
      {},
    );
    expect(found.description).toMatch(/^A (light|dark) picture, lighter (above|below) than/);
    expect(found.tags).toHaveLength(2);
    expect(metadata.source).toMatchObject({ provider: 'openai', model: 'light-1' });
  });

  it('is an outage when its rules fail, which is no fault of the picture', async () => {
    const metadata = await openMetadata(() => Promise.reject(new Error('out of order')));
    await expect(
      metadata.describe(described({ preview: () => picture({ widthPx: 20, heightPx: 20 }) }), {}),
    ).rejects.toMatchObject({ kind: 'ProviderUnavailable' });
  });
});
