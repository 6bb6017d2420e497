import { gt, lt, sql } from 'drizzle-orm';
import type { Ended, QueueHistory } from '../domain/queue-load.js';
import type { Database } from './postgres.js';
import { queueMinutes } from './provider-schema.js';

/** What became of the tasks of each queue, which Temporal counts for no longer than they run. */
export interface QueueHistoryCatalog {
  /** Adds what ended since the caller said so last. */
  add(ended: Record<string, Ended>): Promise<void>;
  /** By queue; those of which nothing ended within the hour are not in it. */
  lastHour(): Promise<Map<string, QueueHistory>>;
}

const MINUTES = 60;

/** Of a queue of which nothing ended. */
export const NOTHING_LATELY: QueueHistory = nothing();

export function queueHistoryCatalog(database: Database): QueueHistoryCatalog {
  return {
    add: async (ended) => {
      const minute = sql`date_trunc('minute', now())`;
      // In one order, so that two workers never wait for each other's rows.
      const rows = Object.entries(ended)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([queue, counts]) => ({ queue, minute, ...counts }));
      if (rows.length === 0) return;
      await database
        .insert(queueMinutes)
        .values(rows)
        .onConflictDoUpdate({
          target: [queueMinutes.queue, queueMinutes.minute],
          set: {
            completed: sql`${queueMinutes.completed} + excluded.completed`,
            failed: sql`${queueMinutes.failed} + excluded.failed`,
          },
        });
      await database
        .delete(queueMinutes)
        .where(lt(queueMinutes.minute, sql`now() - interval '2 hours'`));
    },
    lastHour: async () => {
      const rows = await database
        .select({
          queue: queueMinutes.queue,
          completed: queueMinutes.completed,
          failed: queueMinutes.failed,
          // By the clock that wrote them; 0 is the minute that is still filling.
          ago: sql`extract(epoch from date_trunc('minute', now()) - ${queueMinutes.minute}) / 60`.mapWith(
            Number,
          ),
        })
        .from(queueMinutes)
        .where(
          gt(
            queueMinutes.minute,
            sql`date_trunc('minute', now()) - ${MINUTES} * interval '1 minute'`,
          ),
        );
      const histories = new Map<string, QueueHistory>();
      for (const { queue, completed, failed, ago } of rows) {
        const history = histories.get(queue) ?? nothing();
        histories.set(queue, history);
        history.completed += completed;
        history.failed += failed;
        history.perMinute[MINUTES - 1 - ago] = completed + failed;
      }
      return histories;
    },
  };
}

function nothing(): QueueHistory {
  return { completed: 0, failed: 0, perMinute: Array<number>(MINUTES).fill(0) };
}
