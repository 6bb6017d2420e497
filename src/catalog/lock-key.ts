import { sql } from 'drizzle-orm';
import type { Database } from './postgres.js';

/** What a database and a transaction of it both do. */
export type Executor = Pick<Database, 'execute'>;

/** Any number, the same for every Darkroom and another than that of the migrations. */
const SPACE = 0x6461726c;

/**
 * Until the end of the transaction, whoever is about to use the key and whoever is about to remove
 * what is stored under it take turns.
 */
export async function lockKey(transaction: Executor, key: string): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${SPACE}, hashtext(${key}))`);
}
