import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servePglite, type PgliteServer } from '../../src/dev/pglite-server.js';

describe('servePglite', () => {
  let db: PGlite;
  let server: PgliteServer;
  let pool: pg.Pool;

  beforeAll(async () => {
    db = await PGlite.create();
    server = await servePglite(db, 0);
    pool = new pg.Pool({
      connectionString: `postgres://postgres@127.0.0.1:${server.port}/postgres`,
      max: 8,
    });
    await pool.query('create table numbers (n int primary key, words text)');
  });

  afterAll(async () => {
    await pool.end();
    await server[Symbol.asyncDispose]();
    await db.close();
  });

  it('answers every connection with its own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, n) =>
        n % 2 === 0
          ? pool.query('select $1::int as n', [n])
          : pool.query('select $1::int as n, $2::text as other, $3::text as third', [n, 'a', 'b']),
      ),
    );
    expect(answers.map(({ rows }) => (rows[0] as { n: number }).n)).toEqual(
      Array.from({ length: 400 }, (_, n) => n),
    );
  });

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
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres' });
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
