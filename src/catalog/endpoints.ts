import { and, arrayContains, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Subscription } from '../domain/events.js';
import { isUuid } from '../domain/ids.js';
import { deleteDeliveries } from './deliveries.js';
import { lockKey } from './lock-key.js';
import type { Database } from './postgres.js';
import { withoutNulls } from './rows.js';
import { webhookDeliveries, webhookEndpoints } from './webhook-schema.js';

/** Who is told of events. What happened is written down for them by triggers (migration 0007). */
export interface EndpointCatalog {
  add(endpoint: NewEndpoint): Promise<{ id: string }>;
  /** The endpoint of administrators at this address, added when it is not there; gets the secret. */
  ensure(endpoint: Omit<NewEndpoint, 'ownerId'>): Promise<{ id: string }>;
  /** Oldest first, also the disabled ones. */
  list(): Promise<EndpointRecord[]>;
  get(id: string): Promise<EndpointRecord | undefined>;
  /** Again changes nothing. @returns false when there is no such endpoint */
  enable(id: string): Promise<boolean>;
  /** It is told of nothing more; what waits for it is dead, to be sent again once it is enabled. */
  disable(id: string, because: string): Promise<void>;
  /**
   * With all its deliveries.
   * @returns those that were pending, at most a thousand, whose workflows have nothing to do any more;
   *   `undefined` when there is no such endpoint
   */
  remove(id: string): Promise<{ pending: string[] } | undefined>;
}

export interface NewEndpoint {
  /** Whose events; absent: those of all owners, and what is for administrators. */
  ownerId?: string;
  url: string;
  /** `whsec_` and base64. */
  secret: string;
  events: Subscription[];
}

/** Without the secret, which is shown once. */
export interface EndpointRecord {
  id: string;
  ownerId?: string;
  url: string;
  events: Subscription[];
  createdAt: Date;
  disabledAt?: Date;
  disabledBecause?: string;
}

export function endpointCatalog(database: Database): EndpointCatalog {
  return {
    add: (endpoint) => addEndpoint(database, endpoint),
    ensure: (endpoint) => ensureEndpoint(database, endpoint),
    list: async () => {
      const rows = await database.select().from(webhookEndpoints).orderBy(asc(webhookEndpoints.id));
      return rows.map(recordOf);
    },
    get: async (id) => {
      if (!isUuid(id)) return undefined;
      const [row] = await database.select().from(webhookEndpoints).where(withId(id));
      return row && recordOf(row);
    },
    enable: async (id) => {
      if (!isUuid(id)) return false;
      const enabled = await database
        .update(webhookEndpoints)
        .set({ disabledAt: null, disabledBecause: null })
        .where(withId(id))
        .returning({ id: webhookEndpoints.id });
      return enabled.length > 0;
    },
    disable: (id, because) => disableEndpoint(database, id, because),
    remove: (id) => removeEndpoint(database, id),
  };
}

const withId = (id: string) => eq(webhookEndpoints.id, id);
const pendingOf = (id: string) =>
  and(eq(webhookDeliveries.endpointId, id), eq(webhookDeliveries.state, 'pending'));

async function addEndpoint(database: Pick<Database, 'insert'>, endpoint: NewEndpoint) {
  const [added] = await database
    .insert(webhookEndpoints)
    .values(endpoint)
    .returning({ id: webhookEndpoints.id });
  if (added === undefined) throw new Error('The database did not say what it had inserted.');
  return added;
}

async function ensureEndpoint(database: Database, endpoint: Omit<NewEndpoint, 'ownerId'>) {
  const { url, secret } = endpoint;
  return database.transaction(async (transaction) => {
    // Several workers start at once.
    await lockKey(transaction, `endpoint:${url}`);
    const [found] = await transaction
      .update(webhookEndpoints)
      .set({ secret })
      .where(
        and(
          eq(webhookEndpoints.url, url),
          isNull(webhookEndpoints.ownerId),
          arrayContains(webhookEndpoints.events, ['failures.grouped']),
        ),
      )
      .returning({ id: webhookEndpoints.id });
    return found ?? addEndpoint(transaction, endpoint);
  });
}

async function disableEndpoint(database: Database, id: string, because: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction
      .update(webhookEndpoints)
      .set({ disabledAt: sql`now()`, disabledBecause: because })
      .where(withId(id));
    await transaction
      .update(webhookDeliveries)
      .set({ state: 'dead', lastError: because })
      .where(pendingOf(id));
  });
}

/** Of what waits for its next try; a delivery that nobody stops finds no endpoint then, and ends. */
const STOPPED_AT_MOST = 1_000;

/** It is told of nothing more from the first statement on, and what is removed half-way can be again. */
async function removeEndpoint(database: Database, id: string) {
  if (!isUuid(id)) return undefined;
  const because = 'It is being removed.';
  await database
    .update(webhookEndpoints)
    .set({ disabledAt: sql`now()`, disabledBecause: because })
    .where(and(withId(id), isNull(webhookEndpoints.disabledAt)));
  const pending = await database
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(pendingOf(id))
    .limit(STOPPED_AT_MOST);
  await deleteDeliveries(database, eq(webhookDeliveries.endpointId, id));
  const removed = await database
    .delete(webhookEndpoints)
    .where(withId(id))
    .returning({ id: webhookEndpoints.id });
  return removed.length === 0 ? undefined : { pending: pending.map((row) => row.id) };
}

function recordOf(row: typeof webhookEndpoints.$inferSelect): EndpointRecord {
  const { id, url, events, createdAt, ownerId, disabledAt, disabledBecause } = row;
  return {
    ...{ id, url, events, createdAt },
    ...withoutNulls({ ownerId, disabledAt, disabledBecause }),
  };
}
