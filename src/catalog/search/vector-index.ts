import { sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { VectorSpace } from '../../domain/search.js';
import { indexName, inSpace, vectorColumn } from './vector-column.js';

/** Any number, another than those of migrations and keys. */
const LOCK = 0x6461726d;

/**
 * Makes the HNSW index of a space if it is not there. Vectors can be written meanwhile. A connection
 * of its own, because a build takes longer than any query may and cannot be in a transaction.
 * @returns false when it was there, or somebody else is making it
 */
export async function ensureVectorIndex(databaseUrl: string, space: VectorSpace): Promise<boolean> {
  const { isIndexed, operators, column } = vectorColumn(space);
  if (!isIndexed) return false;
  const name = indexName(space);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  // The query fails too when the server goes away; without a listener the event ends the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    if ((await stateOf(client, name)) === 'valid' || !(await lock(client))) return false;
    try {
      const state = await stateOf(client, name);
      if (state === 'valid') return false;
      // What a build that was cut off leaves is never used, and stands in the way of the next.
      if (state === 'invalid') await client.query(`drop index concurrently if exists "${name}"`);
      const statement = sql`create index concurrently if not exists ${sql.identifier(name)}
        on image_embeddings using hnsw (${column} ${sql.raw(operators)}) where ${inSpace(space)}`;
      await client.query(new PgDialect().sqlToQuery(statement).sql);
      return true;
    } finally {
      await client.query('select pg_advisory_unlock($1)', [LOCK]);
    }
  } finally {
    await client.end();
  }
}

async function stateOf(client: pg.Client, name: string): Promise<'absent' | 'invalid' | 'valid'> {
  const { rows } = await client.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
    [`"${name}"`],
  );
  const [row] = rows;
  if (row === undefined) return 'absent';
  return row.valid ? 'valid' : 'invalid';
}

/** Of the session, because the build is in no transaction that could hold it. */
async function lock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1) as locked',
    [LOCK],
  );
  return rows[0]?.locked === true;
}
