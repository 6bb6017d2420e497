import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.js';
import { openCatalog } from '../../src/catalog/postgres.js';
import { tokens, type Tokens } from '../../src/client/tokens.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('tokens', () => {
  let database: TestDatabase;
  let catalog: Catalog;
  let all: Tokens;
  beforeAll(async () => {
    database = await openTestDatabase();
    catalog = openCatalog(database.url);
    all = tokens(catalog);
  });
  afterAll(async () => {
    await catalog[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it('say who asks, and are kept only as their hash', async () => {
    const { id, token } = await all.create({ name: 'app', role: 'owner', ownerId: 'alice' });
    expect(token).toMatch(/^dk_[\w-]{43}$/);
    await expect(all.authenticate(token)).resolves.toEqual({
      ...{ role: 'owner', ownerId: 'alice', tokenId: id, tokenName: 'app' },
    });
    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query('select * from api_tokens');
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(token.slice(3));
    expect(rows).toMatchObject([{ sha256: createHash('sha256').update(token).digest('hex') }]);
    const [listed] = await all.list();
    expect(listed).toMatchObject({ id, lastUsedAt: expect.any(Date) });
  });

  it('are two of a name at most, so that one can take over from the other', async () => {
    const first = await all.create({ name: 'build', role: 'admin' });
    const second = await all.create({ name: 'build', role: 'admin' });
    const third = all.create({ name: 'build', role: 'admin' });
    await expect(third).rejects.toMatchObject({ kind: 'TooManyTokens' });
    await all.revoke(first.id);
    await all.revoke(first.id);
    await expect(all.authenticate(first.token)).resolves.toBeUndefined();
    await expect(all.authenticate(second.token)).resolves.toMatchObject({ role: 'admin' });
    await all.create({ name: 'build', role: 'admin' });
  });

  it('are at most two even when several are made at once', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 5 }, () => all.create({ name: 'race', role: 'admin' })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('are refused without a name, and with an owner where none belongs', async () => {
    for (const token of [
      { name: ' ', role: 'admin' },
      { name: 'a', role: 'admin', ownerId: 'alice' },
      { name: 'a', role: 'owner' },
      { name: 'a', role: 'owner', ownerId: '' },
    ] as const) {
      await expect(all.create(token)).rejects.toMatchObject({ kind: 'InvalidInput' });
    }
    for (const id of ['nonsense', '00000000-0000-0000-0000-000000000000']) {
      await expect(all.revoke(id)).rejects.toMatchObject({ kind: 'TokenNotFound' });
    }
  });
});
