import { sql, type SQL } from 'drizzle-orm';

/** By the clock of the database, because workers may disagree about the time. */
export function fromNow(afterMs: number): SQL {
  return sql`clock_timestamp() + ${afterMs} * interval '1 millisecond'`;
}
