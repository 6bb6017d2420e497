import { readMigrationFiles } from 'drizzle-orm/migrator';
import { sql } from 'drizzle-orm';
import { MIGRATIONS } from './migrate.js';
import type { Database } from './postgres.js';

/** What there is to know about the database itself. */
export interface DatabaseFacts {
  /** As in `16.4`. */
  version: string;
  /** Of pgvector; `undefined` when it is not there. */
  vector: string | undefined;
  /** The login that asked. */
  login: string;
  /** Whether it may act for single owners and works across all of them; false before migrations. */
  hasRoles: boolean;
  /** Names of those that `darkroom migrate` would run; all of them in an empty database. */
  pendingMigrations: number;
  /** What its clock says. */
  now: Date;
}

export async function inspect(database: Database): Promise<DatabaseFacts> {
  const { rows } = await database.execute<{
    version: string;
    vector: string | null;
    migrations: string | null;
    login: string;
    hasRoles: boolean | null;
    nowMs: string;
  }>(sql`
    select current_setting('server_version') as version,
      (select extversion from pg_extension where extname = 'vector') as vector,
      to_regclass('drizzle.__drizzle_migrations')::text as migrations,
      current_user as login,
      pg_has_role(to_regrole('darkroom_app'), 'SET')
        and pg_has_role(to_regrole('darkroom_service'), 'USAGE') as "hasRoles",
      (extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"`);
  const [facts] = rows;
  if (facts === undefined) throw new Error('The database answered without a row.');
  return {
    version: facts.version.split(' ')[0] ?? facts.version,
    vector: facts.vector ?? undefined,
    login: facts.login,
    hasRoles: facts.hasRoles === true,
    pendingMigrations: await pending(database, facts.migrations !== null),
    now: new Date(Number(facts.nowMs)),
  };
}

/** Counted as drizzle does, which runs everything that is newer than what it ran last. */
async function pending(database: Database, started: boolean): Promise<number> {
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  if (!started) return known.length;
  const { rows } = await database.execute<{ last: string | null }>(
    sql`select max(created_at)::text as last from drizzle.__drizzle_migrations`,
  );
  const last = Number(rows[0]?.last ?? 0);
  return known.filter(({ folderMillis }) => folderMillis > last).length;
}
