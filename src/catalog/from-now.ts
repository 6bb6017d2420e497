import { sql, type SQL } from 'drizzle-orm';

/**
 * Further ahead nobody sets the next call of a provider: turns are a minute apart at most, and holds ten
 * minutes. Whoever should wait longer was told so before the clock of the database was set back.
 */
export const FURTHEST_CALL_MS = 15 * 60_000;

/** By the clock of the database, because workers may disagree about the time. */
export function fromNow(afterMs: number): SQL {
  return sql`clock_timestamp() + ${afterMs} * interval '1 millisecond'`;
}
