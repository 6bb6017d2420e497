import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { databaseError } from './database-errors.js';

/** Right from `src/catalog` and from `dist/catalog` alike. */
export const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any number, the same for every Darkroom: two migrations at once would trip over each other. */
const LOCK = 0x6461726b;

/** Brings the database's tables up to date; running it again does nothing. */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
  });
  // The query fails too when the server goes away; without a listener the event ends the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // The lock of a transaction, because all connections to PGlite share one session. Drizzle's own
    // transaction joins this one, so its commit lets the next migration in.
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS });
    await client.query('commit');
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end();
  }
}
