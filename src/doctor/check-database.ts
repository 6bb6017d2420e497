import type { DatabaseFacts } from '../catalog/inspect.js';
import { openCatalog } from '../catalog/postgres.js';
import { check, failed, note, ok, skipped, type Check } from './check.js';

const OLDEST_MAJOR = 16;
/** Signatures of requests allow for minutes, sorting by time does not. */
const SKEW_MS = 5_000;
const START = 'Start PostgreSQL, or correct DATABASE_URL; "darkroom dev" brings a database along.';

/** Database, migrations, roles and, because the database has a clock, this machine's. */
export async function checkDatabase(url: string | undefined): Promise<Check[]> {
  let facts: DatabaseFacts | undefined;
  let offMs = 0;
  const database = await check(
    'database',
    async () => {
      if (url === undefined) return skipped('DATABASE_URL cannot be used');
      await using catalog = openCatalog(url, { connections: 1 });
      await catalog.inspect();
      // The second time the connection is open, so the answer says when it was given.
      const askedAt = Date.now();
      facts = await catalog.inspect();
      offMs = facts.now.getTime() - (askedAt + Date.now()) / 2;
      const { version, vector } = facts;
      if (Number.parseInt(version) < OLDEST_MAJOR) {
        return failed(`PostgreSQL ${version} is too old`, `Use ${OLDEST_MAJOR} or newer.`);
      }
      return ok(`PostgreSQL ${version}${vector === undefined ? '' : `, pgvector ${vector}`}`);
    },
    START,
  );
  const needing = (name: string, look: (known: DatabaseFacts) => ReturnType<typeof ok>) =>
    check(name, async () => (facts ? look(facts) : skipped('the database is away')));
  return [
    database,
    await needing('migrations', migrations),
    await needing('roles', roles),
    await needing('clock', () => clock(offMs)),
  ];
}

function migrations({ pendingMigrations, vector }: DatabaseFacts) {
  if (pendingMigrations > 0) {
    return failed(
      `${pendingMigrations} of them have not been run`,
      `Run "darkroom migrate"; it may be repeated.`,
    );
  }
  return vector === undefined
    ? failed('pgvector is not there', 'Install pgvector and run "darkroom migrate".')
    : ok('all of them have been run');
}

function roles({ login, hasRoles, pendingMigrations }: DatabaseFacts) {
  if (hasRoles) return ok(`${login} works for all owners, and acts for single ones`);
  if (pendingMigrations > 0) return skipped('migrations make them');
  return failed(
    `${login} cannot act for owners, or sees nothing`,
    `As whoever ran the migrations: GRANT darkroom_app TO "${login}" WITH INHERIT FALSE, SET TRUE; GRANT darkroom_service TO "${login}" WITH INHERIT TRUE;`,
  );
}

function clock(offMs: number) {
  const seconds = Math.round(offMs / 100) / 10;
  return Math.abs(offMs) > SKEW_MS
    ? note(
        `this machine's and the database's differ by ${Math.abs(seconds)} s`,
        'Let both take their time from NTP: orders by time and waiting times are wrong until then.',
      )
    : ok(`the same as the database's, within ${Math.abs(seconds)} s`);
}
