import { asc, eq, inArray, min } from 'drizzle-orm';
import type { FinalFailure } from '../domain/group-failures.js';
import { addDelivery, type NewEvent } from './deliveries.js';
import type { Database } from './postgres.js';
import { webhookFailures } from './webhook-schema.js';

/** Final failures that administrators will be told of together. */
export interface GroupedFailureCatalog {
  /** Since when the oldest has waited; `undefined` when none does. */
  waitingSince(): Promise<Date | undefined>;
  /** Makes one event an endpoint of what waits for it: all in one transaction. @returns how many */
  group(toEvent: (failures: FinalFailure[]) => NewEvent): Promise<number>;
}

/** Of one event: more than a backfill meets in a window, and little enough to hold in memory. */
const AT_MOST = 20_000;

export function groupedFailureCatalog(database: Database): GroupedFailureCatalog {
  return {
    waitingSince: async () => {
      const [oldest] = await database.select({ at: min(webhookFailures.at) }).from(webhookFailures);
      return oldest?.at ?? undefined;
    },
    group: (toEvent) => group(database, toEvent),
  };
}

async function group(database: Database, toEvent: (failures: FinalFailure[]) => NewEvent) {
  let events = 0;
  for (;;) {
    const grouped = await database.transaction(async (transaction) => {
      const [first] = await transaction
        .select({ endpointId: webhookFailures.endpointId })
        .from(webhookFailures)
        .orderBy(asc(webhookFailures.id))
        .limit(1);
      if (first === undefined) return 0;
      const { endpointId } = first;
      const oldest = transaction
        .select({ id: webhookFailures.id })
        .from(webhookFailures)
        .where(eq(webhookFailures.endpointId, endpointId))
        .orderBy(asc(webhookFailures.id))
        .limit(AT_MOST);
      const taken = await transaction
        .delete(webhookFailures)
        .where(inArray(webhookFailures.id, oldest))
        .returning();
      // Somebody else has taken them meanwhile.
      if (taken.length === 0) return 0;
      taken.sort((one, other) => one.id - other.id);
      await addDelivery(transaction, endpointId, toEvent(taken));
      return 1;
    });
    if (grouped === 0) return events;
    events += grouped;
  }
}
