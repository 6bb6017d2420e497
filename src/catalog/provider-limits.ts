import { sql } from 'drizzle-orm';
import { fromNow, FURTHEST_CALL_MS } from './from-now.js';
import type { Database } from './postgres.js';
import { providerLimits } from './provider-schema.js';

/** Whose turn it is to call a provider, among all workers. */
export interface LimitCatalog {
  /**
   * Takes the next turn if it has come: calls of a queue are evenly spaced, so that n a minute are
   * never more than n + 1 in any minute.
   * @param usual calls a minute unless somebody has set another number; `undefined`: no limit
   */
  takeTurn(queue: string, usual: number | undefined): Promise<Turn>;
  /** Nobody has a turn before so much time has passed: the provider itself said so. */
  hold(queue: string, holdMs: number): Promise<void>;
  /** From now on, for every worker; `null`: what the configuration says. */
  setRate(queue: string, ratePerMinute: number | null): Promise<void>;
  /** What was set, by queue. */
  rates(): Promise<Map<string, number>>;
}

/** `go`: now, and `unlimited` others may too; `wait`: that long at least. */
export type Turn = { state: 'go'; unlimited: boolean } | { state: 'wait'; waitMs: number };

const { nextAt } = providerLimits;
const isDue = sql`(${nextAt} <= clock_timestamp() or ${nextAt} > ${fromNow(FURTHEST_CALL_MS)})`;

export function limitCatalog(database: Database): LimitCatalog {
  return {
    takeTurn: (queue, usual) => takeTurn(database, queue, usual),
    hold: async (queue, holdMs) => {
      const until = fromNow(holdMs);
      await database
        .insert(providerLimits)
        .values({ queue, nextAt: until })
        .onConflictDoUpdate({
          target: providerLimits.queue,
          set: { nextAt: sql`greatest(${until}, case when not ${isDue} then ${nextAt} end)` },
        });
    },
    setRate: async (queue, ratePerMinute) => {
      // A turn that was far away at the old rate is nearer at the new one.
      const soon = ratePerMinute === null ? sql`'infinity'` : fromNow(60_000 / ratePerMinute);
      await database
        .insert(providerLimits)
        .values({ queue, ratePerMinute })
        .onConflictDoUpdate({
          target: providerLimits.queue,
          set: { ratePerMinute, nextAt: sql`least(${providerLimits.nextAt}, ${soon})` },
        });
    },
    rates: async () => {
      const rows = await database.select().from(providerLimits);
      return new Map(
        rows.flatMap(({ queue, ratePerMinute }) =>
          ratePerMinute === null ? [] : [[queue, ratePerMinute] as const],
        ),
      );
    },
  };
}

async function takeTurn(database: Database, queue: string, usual?: number): Promise<Turn> {
  const { rows } = await database.execute<{ rate: number | null; wait: number }>(sql`
    select ${providerLimits.ratePerMinute} as rate,
      (extract(epoch from ${providerLimits.nextAt} - clock_timestamp()) * 1000)::float8 as wait
    from ${providerLimits} where ${providerLimits.queue} = ${queue}`);
  const [row] = rows;
  const rate = row?.rate ?? usual;
  const waitMs = Math.ceil(row?.wait ?? 0);
  if (waitMs > 0 && waitMs <= FURTHEST_CALL_MS) return { state: 'wait', waitMs };
  if (rate === undefined) return { state: 'go', unlimited: true };
  const spacingMs = 60_000 / rate;
  const taken = await database
    .insert(providerLimits)
    .values({ queue, nextAt: fromNow(spacingMs) })
    .onConflictDoUpdate({
      target: providerLimits.queue,
      set: { nextAt: fromNow(spacingMs) },
      setWhere: isDue,
    })
    .returning({ queue: providerLimits.queue });
  if (taken.length > 0) return { state: 'go', unlimited: false };
  return { state: 'wait', waitMs: Math.ceil(spacingMs) };
}
