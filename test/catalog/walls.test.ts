import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { gaps, ownedTables } from './walls.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await openTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

/** What the walk finds after these statements, which are taken back. */
async function gapsAfter(statements: string): Promise<string[]> {
  await client.query('begin');
  try {
    await client.query(statements);
    return await gaps(client);
  } finally {
    await client.query('rollback');
  }
}

describe('every table that has an owner', () => {
  it('is walled in', async () => {
    await expect(gaps(client)).resolves.toEqual([]);
  });

  it('is found by its column and over foreign keys', async () => {
    const tables = await ownedTables(client);
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'api_tokens',
        'generation_jobs',
        'idempotency_keys',
        'image_embeddings',
        'image_variants',
        'images',
        'run_failures',
        'webhook_deliveries',
        'webhook_endpoints',
        'webhook_failures',
      ]),
    );
    expect(tables.filter(({ app }) => app).map(({ name }) => name)).toEqual([
      'generation_jobs',
      'image_embeddings',
      'image_variants',
      'images',
    ]);
  });

  it.each([
    [
      'a new table',
      'create table orders (owner_id text)',
      [
        'orders: row level security is off',
        'orders: its owner passes by',
        'orders: nothing for the service',
      ],
    ],
    [
      'a new table beside one',
      `create table notes (image_id uuid references images);
       alter table notes enable row level security;
       create policy p on notes to darkroom_service using (true) with check (true)`,
      ['notes: its owner passes by'],
    ],
    [
      'a wall taken down',
      'alter table images disable row level security',
      ['images: row level security is off'],
    ],
    [
      'a policy without its check',
      `drop policy darkroom_owner on images;
       create policy darkroom_owner on images for select to darkroom_app
         using (owner_id = (select darkroom_owner()))`,
      ['images: grants and policies of owners differ'],
    ],
    [
      'a policy that asks for no owner',
      'create policy wide on images for select to darkroom_app using (deleted_at is null)',
      ['images: a policy that asks for no owner'],
    ],
    [
      'a policy for everybody',
      'create policy wide on api_tokens using (true) with check (true)',
      ['api_tokens: a policy for everybody'],
    ],
    [
      'a grant without a policy',
      'grant select (id) on api_tokens to public',
      ['api_tokens: grants and policies of owners differ'],
    ],
    [
      'a grant on what has no owner',
      'grant select on metadata_cache to darkroom_app',
      ['metadata_cache: owners reach it, and it has no owner'],
    ],
    [
      'a view',
      'create view seen as select * from images',
      ['seen: a view with the rights of its maker'],
    ],
    [
      'a function that acts as the service',
      `create function peek() returns bigint language sql security definer
         as 'select count(*) from images'`,
      ['peek(): temporary tables come before ours', 'peek(): everybody may call it'],
    ],
  ])('is missed with %s', async (_what, statements, found) => {
    await expect(gapsAfter(statements)).resolves.toEqual(found);
  });
});
