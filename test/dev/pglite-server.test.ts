import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDatabase, type Database } from '../../src/dev/database.js';
import { SmallDisk } from '../chaos/small-disk.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';

describe('servePglite', () => {
  let folder: OpenedFolder;
  let server: Database;
  let pool: pg.Pool;

  beforeAll(async () => {
    folder = openTemporaryFolder();
    const say = () => undefined;
    // In a process of its own, where messages really arrive one by one.
    server = await startDatabase({ dataDir: folder.path, inMemory: true, port: 0, say });
    pool = new pg.Pool({ connectionString: server.url, max: 8 });
    await pool.query('create table numbers (n int primary key, words text)');
  });

  afterAll(async () => {
    await pool.end();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('answers every connection with its own rows, transactions in between', async () => {
    const other = new pg.Pool({ ...pool.options });
    const answers = await Promise.all(
      Array.from({ length: 600 }, async (_, n) => {
        const asked = n % 2 === 0 ? pool : other;
        if (n % 3 === 0) return insertAndAnswer(asked, 1000 + n, n);
        const { rows } = await (n % 3 === 1
          ? asked.query('select $1::int as n', [n])
          : asked.query('select $1::int as n, $2::text as b, $3::text as c', [n, 'b', 'c']));
        return (rows[0] as { n: number }).n;
      }),
    );
    await other.end();
    expect(answers).toEqual(Array.from({ length: 600 }, (_, n) => n));
  });

  async function insertAndAnswer(asked: pg.Pool, key: number, n: number): Promise<number> {
    const client = await asked.connect();
    await client.query('begin');
    await client.query('insert into numbers values ($1, $2)', [key, String(n)]);
    const { rows } = await client.query('select words from numbers where n = $1', [key]);
    await client.query('commit');
    client.release();
    return Number((rows[0] as { words: string }).words);
  }

  it('keeps transactions apart', async () => {
    await pool.query('insert into numbers values (0, $1)', ['0']);
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const client = await pool.connect();
        await client.query('begin');
        const { rows } = await client.query('select words from numbers where n = $1', [0]);
        const words = String(Number((rows[0] as { words: string }).words) + 1);
        await client.query('update numbers set words = $1 where n = $2', [words, 0]);
        await client.query('commit');
        client.release();
      }),
    );
    const { rows } = await pool.query('select words from numbers where n = 0');
    expect(rows).toEqual([{ words: '40' }]);
  });

  it('tells an error to whoever made it and goes on', async () => {
    const results = await Promise.allSettled([
      pool.query('select * from nothing where a = $1', [1]),
      pool.query('select $1::int as n', [1]),
      pool.query('select 1/$1::int', [0]),
      pool.query('select $1::int as n', [2]),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('rolls back what a connection that goes had begun', async () => {
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query('insert into numbers values (77, $1)', ['gone']);
    (
      client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();

    const { rows } = await pool.query('select * from numbers where n = 77');
    expect(rows).toEqual([]);
  });
});

describe('a database on a full disk', () => {
  it('gives itself up and comes back with its rows when there is room', async (context) => {
    await using disk = await SmallDisk.open();
    if (disk === undefined) return context.skip('this system mounts nothing for us');
    const say = () => undefined;
    await using database = await startDatabase({ dataDir: disk.folder, port: 0, say });
    const pool = new pg.Pool({ connectionString: database.url, connectionTimeoutMillis: 2_000 });
    pool.on('error', () => undefined);
    context.onTestFinished(() => pool.end());
    await pool.query('create table kept as select n from generate_series(1, 3) as n');

    await disk.fill();
    const fill = () =>
      pool.query(`select pg_logical_emit_message(true, 'x', repeat('y', 1000000))`);
    await expect(repeated(fill, 60)).rejects.toThrow();

    await disk.empty();
    const rows = async () => (await pool.query('select n from kept order by n')).rows as unknown;
    const answer = () => rows().catch((error: unknown) => error);
    await expect.poll(answer, { timeout: 10_000 }).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await pool.query('insert into kept values (4)');
  });
});

async function repeated(work: () => Promise<unknown>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await work();
}
