import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/catalog/migrate.js';
import { startDatabase } from '../../src/dev/database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const TABLES = `select table_name from information_schema.tables
  where table_schema = 'public' order by table_name`;
const APPLIED = 'select count(*)::int as applied from drizzle.__drizzle_migrations';

async function emptyDatabase() {
  return startDatabase({
    dataDir: temporaryFolder(),
    inMemory: true,
    port: 0,
    say: () => undefined,
  });
}

async function rows<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  it('makes the tables, does nothing the second time and keeps what is there', async () => {
    await using database = await emptyDatabase();
    await migrate(database.url);
    await rows(
      database.url,
      `insert into images (owner_id, original, file_name) values ('ann', 'file:///a.jpg', 'a.jpg')`,
    );
    const [before] = await rows<{ applied: number }>(database.url, APPLIED);
    await migrate(database.url);

    await expect(rows(database.url, APPLIED)).resolves.toEqual([before]);
    await expect(rows(database.url, 'select file_name from images')).resolves.toEqual([
      { file_name: 'a.jpg' },
    ]);
    const tables = await rows<{ table_name: string }>(database.url, TABLES);
    expect(tables.map(({ table_name }) => table_name)).toEqual([
      'backfill_runs',
      'image_embeddings',
      'image_variants',
      'images',
      'run_failures',
    ]);
  });

  it('applies every migration once when two start at the same moment', async () => {
    await using database = await emptyDatabase();
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);

    const [first] = await rows<{ applied: number }>(database.url, APPLIED);
    const [files] = await rows<{ hashes: number }>(
      database.url,
      'select count(distinct hash)::int as hashes from drizzle.__drizzle_migrations',
    );
    expect(first?.applied).toBeGreaterThan(0);
    expect(first?.applied).toBe(files?.hashes);
  });

  it('says DatabaseUnavailable when no server answers', async () => {
    const database = await emptyDatabase();
    await database[Symbol.asyncDispose]();
    await expect(migrate(database.url)).rejects.toMatchObject({
      name: 'DarkroomError',
      kind: 'DatabaseUnavailable',
    });
  });
});

describe('darkroom_uuid', () => {
  it('is of version 7 and ordered by time', async () => {
    await using database = await emptyDatabase();
    await migrate(database.url);
    const made: { id: string; at: Date }[] = [];
    for (let i = 0; i < 20; i++) {
      // A later millisecond each, because within one the order is left to chance.
      const [row] = await rows<{ id: string; at: Date }>(
        database.url,
        'select darkroom_uuid() as id, clock_timestamp() as at, pg_sleep(0.002)',
      );
      if (row !== undefined) made.push(row);
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
    await using database = await emptyDatabase();
    await migrate(database.url);
    const [row] = await rows<{ made: number }>(
      database.url,
      'select count(distinct darkroom_uuid())::int as made from generate_series(1, 1000)',
    );
    expect(row?.made).toBe(1000);
  });
});
