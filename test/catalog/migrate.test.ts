import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/catalog/migrate.js';
import { openBareDatabase, type TestDatabase } from '../support/database.js';

const APPLIED = 'select hash from drizzle.__drizzle_migrations order by id';
const TABLES = `select table_name as name from information_schema.tables
  where table_schema = 'public' order by table_name`;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await openBareDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.query('drop schema public cascade; create schema public');
  await client.query('drop schema if exists drizzle cascade');
});

async function rows<Row extends object>(text: string): Promise<Row[]> {
  return (await client.query<Row>(text)).rows;
}

describe('migrate', () => {
  it('makes the tables, does nothing the second time and keeps what is there', async () => {
    await migrate(database.url);
    await client.query(
      `insert into images (owner_id, original, file_name) values ('ann', 'file:///a.jpg', 'a.jpg')`,
    );
    const applied = await rows(APPLIED);
    await migrate(database.url);

    await expect(rows(APPLIED)).resolves.toEqual(applied);
    await expect(rows('select file_name from images')).resolves.toEqual([{ file_name: 'a.jpg' }]);
    const tables = await rows<{ name: string }>(TABLES);
    expect(tables.map(({ name }) => name)).toEqual([
      'api_tokens',
      'backfill_runs',
      'generation_jobs',
      'idempotency_keys',
      'image_embeddings',
      'image_variants',
      'images',
      'metadata_cache',
      'provider_limits',
      'provider_states',
      'run_failures',
      'webhook_deliveries',
      'webhook_endpoints',
      'webhook_failures',
      'worker_beats',
    ]);
  });

  // Several rounds, because which of them trips over which is left to chance.
  it.for([1, 2, 3, 4])('applies every migration once when three start at once (%i)', async () => {
    await Promise.all([1, 2, 3].map(() => migrate(database.url)));
    const files = await readdir(new URL('../../migrations', import.meta.url));
    await expect(rows(APPLIED)).resolves.toHaveLength(
      files.filter((file) => file.endsWith('.sql')).length,
    );
  });

  it('says DatabaseUnavailable when no server answers', async () => {
    await expect(migrate('postgres://postgres@127.0.0.1:1/postgres')).rejects.toMatchObject({
      name: 'DarkroomError',
      kind: 'DatabaseUnavailable',
    });
  });
});

describe('darkroom_uuid', () => {
  beforeEach(() => migrate(database.url));

  it('is of version 7 and ordered by time', async () => {
    // Milliseconds apart, because within one the order is left to chance.
    const made: { id: string; at: Date }[] = [];
    for (let i = 0; i < 20; i++) {
      const text = 'select darkroom_uuid() as id, clock_timestamp() as at, pg_sleep(0.002)';
      made.push(...(await rows<{ id: string; at: Date }>(text)));
    }

    const ids = made.map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect([...ids].sort()).toEqual(ids);
    for (const { id, at } of made) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const millisecond = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(Math.abs(millisecond - at.getTime())).toBeLessThanOrEqual(2);
    }
  });

  it('differs every time, also within one statement', async () => {
    await expect(
      rows('select count(distinct darkroom_uuid())::int as made from generate_series(1, 1000)'),
    ).resolves.toEqual([{ made: 1000 }]);
  });
});
