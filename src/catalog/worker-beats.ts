import { gt, lt, sql } from 'drizzle-orm';
import type { QueueLoad } from '../domain/queue-load.js';
import type { Database } from './postgres.js';
import { workerBeats } from './provider-schema.js';

/** What workers say of themselves, because Temporal does not know what they hold. */
export interface WorkerBeatCatalog {
  /** @param identity as Temporal knows the worker */
  beat(identity: string, queues: Record<string, QueueLoad>): Promise<void>;
  /** Those that have something to say: who holds nothing keeps silent. */
  recent(): Promise<WorkerBeat[]>;
}

export interface WorkerBeat {
  identity: string;
  seenAt: Date;
  queues: Record<string, QueueLoad>;
}

export function workerBeatCatalog(database: Database): WorkerBeatCatalog {
  return {
    beat: async (identity, queues) => {
      await database
        .insert(workerBeats)
        .values({ identity, queues })
        .onConflictDoUpdate({
          target: workerBeats.identity,
          set: { queues, seenAt: sql`now()` },
        });
      await database
        .delete(workerBeats)
        .where(lt(workerBeats.seenAt, sql`now() - interval '1 hour'`));
    },
    recent: () =>
      database
        .select({
          identity: workerBeats.identity,
          seenAt: workerBeats.seenAt,
          queues: workerBeats.queues,
        })
        .from(workerBeats)
        .where(gt(workerBeats.seenAt, sql`now() - interval '1 minute'`)),
  };
}
