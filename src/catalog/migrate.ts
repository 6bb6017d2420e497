import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { databaseError } from './database-errors.js';

/** Right from `src/catalog` and from `dist/catalog` alike. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any number, the same for every Darkroom: two migrations at once would trip over each other. */
const LOCK = 0x6461726b;

/** Brings the database's tables up to date; running it again does nothing. */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('set client_min_messages = warning');
    await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS });
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
  } catch (error) {
    throw databaseError(error);
  } finally {
    await client.end();
  }
}
