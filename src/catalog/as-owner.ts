import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { DarkroomError } from '../domain/failures.js';
import type { Database } from './postgres.js';
import { inTransaction } from './transaction.js';

/** The role whose rights and policies migration 0014_owners says. */
const ROLE = 'darkroom_app';

/**
 * The same methods, each in a transaction of its own in which the database shows and takes only what
 * is the owner's.
 * @param methodsOf made anew for every call, with the transaction of that call
 */
export function asOwner<T extends object>(
  pool: pg.Pool,
  ownerId: string,
  methodsOf: (database: Database) => T,
): T {
  if (ownerId === '') throw new DarkroomError('InvalidInput', 'An owner has a name.');
  const names = Object.keys(methodsOf(drizzle(pool))) as (keyof T)[];
  const each = names.map((name) => [
    name,
    (...args: never[]) =>
      owned(pool, ownerId, (database) => {
        const method = methodsOf(database)[name] as (...args: never[]) => Promise<unknown>;
        return method(...args);
      }),
  ]);
  return Object.fromEntries(each) as T;
}

/** Role and owner end with the transaction: connections are shared, and PGlite has but one session. */
function owned<T>(
  pool: pg.Pool,
  ownerId: string,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (transaction) => {
    await transaction.execute(
      sql`select set_config('role', ${ROLE}, true), set_config('darkroom.owner', ${ownerId}, true)`,
    );
    return work(transaction);
  });
}
