import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { withDatabaseErrors } from './database-errors.js';
import { requestCatalog, type RequestCatalog } from './requests.js';

/** What the triggers of migration 0012_sql_bridge say, without a payload. */
const CHANNEL = 'darkroom_requests';

/**
 * One connection that asks for requests and hears hints of them. A query that is not answered in time
 * fails, so a connection whose other end is gone without a word is found out by the next question.
 */
export interface RequestConnection extends RequestCatalog, AsyncDisposable {
  /**
   * Whether hints arrive here: known when the first has. PGlite and poolers that lend a connection a
   * transaction at a time take the LISTEN and deliver nothing.
   */
  hears(): boolean;
}

interface Opening {
  /** A hint came, or the connection was closed; a call more or less means nothing. */
  onHint: () => void;
  /** How long an answer may take. */
  timeoutMs: number;
}

/** @throws DarkroomError `DatabaseUnavailable`, and the same of every method */
export async function openRequestConnection(
  databaseUrl: string,
  { onHint, timeoutMs }: Opening,
): Promise<RequestConnection> {
  let heard = false;
  const client = connectionTo(databaseUrl, timeoutMs);
  // Its queries fail too; without a listener the event would end the process.
  client.on('error', onHint);
  client.on('end', onHint);
  client.on('notification', ({ channel }) => {
    heard ||= channel === CHANNEL;
    onHint();
  });
  const methods = withDatabaseErrors({
    open: async () => {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      await hintFromElsewhere(databaseUrl, timeoutMs);
    },
    ...requestCatalog(drizzle(client)),
  });
  const close = () => client.end().catch(() => undefined);
  try {
    await methods.open();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...methods, hears: () => heard, [Symbol.asyncDispose]: close };
}

/** A hint of our own by another connection, which must arrive if any hints do. */
async function hintFromElsewhere(databaseUrl: string, timeoutMs: number): Promise<void> {
  const client = connectionTo(databaseUrl, timeoutMs);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_notify($1, $2)', [CHANNEL, '']);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connectionTo(connectionString: string, timeoutMs: number): pg.Client {
  const deadlines = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  // Rows are marked while others are asked for; and a pipeline whose answers stop is hung up on.
  return new pg.Client({ connectionString, ...deadlines, keepAlive: true, pipeline: true });
}
