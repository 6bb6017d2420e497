import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { DarkroomError } from '../domain/failures.js';
import type { Database } from './postgres.js';

/**
 * Work that happens as a whole or not at all, on a connection of its own. What we refuse ourselves has been
 * rolled back, so its connection may be used again. After any other failure it is closed: a transaction
 * whose end nobody heard of may be open still, and the next statement on it would be somebody else's.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const result = await drizzle(client).transaction(work);
    broken = false;
    return result;
  } catch (error) {
    broken = !(error instanceof DarkroomError);
    throw error;
  } finally {
    client.release(broken);
  }
}
