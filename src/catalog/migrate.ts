import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { DarkroomError } from '../domain/failures.js';
import { causes, databaseError } from './database-errors.js';
import { withoutValues } from './without-values.js';

/** Right from `src/catalog` and from `dist/catalog` alike. */
export const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any number, the same for every Darkroom: two migrations at once would trip over each other. */
const LOCK = 0x6461726b;

/**
 * Brings the database's tables up to date; running it again does nothing.
 * @throws DarkroomError `DatabaseUnavailable`, or `NotMigrated` with what to run as a superuser
 */
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
    throw missingRight(error) ?? databaseError(error);
  } finally {
    await client.end();
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** What the server says of it, rather than the statement that it refused. */
function missingRight(error: unknown): DarkroomError | undefined {
  const refusal = causes(error).find(
    (cause): cause is pg.DatabaseError =>
      cause instanceof pg.DatabaseError && cause.code === INSUFFICIENT_PRIVILEGE,
  );
  if (refusal === undefined) return undefined;
  const { message, hint = '' } = refusal;
  return new DarkroomError('NotMigrated', `${message} ${hint}`.trim(), {
    cause: withoutValues(error),
  });
}
