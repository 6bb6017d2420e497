import { and, asc, desc, eq, getTableColumns, inArray, lt, or, sql, type SQL } from 'drizzle-orm';
import { DELIVERY_STATES, type DeliveryState, type EventType } from '../domain/events.js';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import type { Database } from './postgres.js';
import { withoutNulls } from './rows.js';
import { webhookDeliveries, webhookEndpoints } from './webhook-schema.js';

/** Events on their way to endpoints: written with what happened, kept until long after they arrived. */
export interface DeliveryCatalog {
  /** Newest first. @throws DarkroomError `InvalidInput` for an id or a state that is none */
  list(page: DeliveryPage): Promise<DeliveryRecord[]>;
  /** What an attempt needs; `undefined` when the endpoint was removed, and with it the delivery. */
  open(id: string): Promise<OpenDelivery | undefined>;
  /** What came of an attempt; nothing when the delivery is not pending any more. */
  recordAttempt(id: string, attempt: Attempt): Promise<void>;
  /** An event for one endpoint that nothing happened for, such as a test. */
  add(endpointId: string, event: NewEvent): Promise<DueDelivery>;
  /**
   * As if it were new, under its id.
   * @throws DarkroomError `DeliveryNotFound`, `EndpointDisabled`
   */
  reopen(id: string): Promise<DueDelivery>;
  /** What is to be started for what was just committed; one query, because most of it is nothing. */
  toStart(about: string): Promise<ToStart>;
  /** Those that should have been tried a minute ago, the longest overdue first. */
  overdue(limit: number): Promise<DueDelivery[]>;
  /** Delivered ones go after 7 days, dead ones after 30. @returns how many went */
  forgetOld(): Promise<number>;
}

export interface DeliveryPage {
  limit: number;
  after?: string;
  state?: DeliveryState;
  endpointId?: string;
}

export interface NewEvent {
  type: EventType;
  about: string;
  payload: Record<string, unknown>;
}

/** A delivery that is to be started. */
export interface DueDelivery {
  id: string;
  endpointId: string;
  type: EventType;
}

export interface ToStart {
  /** Nobody has tried them yet. */
  deliveries: DueDelivery[];
  /** A failure of this image waits to be told of with others, and none has waited longer. */
  beginsGroup: boolean;
}

export interface DeliveryRecord extends DueDelivery {
  url: string;
  /** The image or the run that it is about. */
  about: string;
  payload: Record<string, unknown>;
  state: DeliveryState;
  /** Since it was last to be delivered. */
  attempts: number;
  /** What the endpoint answered last. */
  lastStatus?: number;
  lastError?: string;
  createdAt: Date;
  lastAttemptAt?: Date;
  /** Of a pending one. */
  nextAttemptAt?: Date;
  deliveredAt?: Date;
}

export interface OpenDelivery extends DeliveryRecord {
  secret: string;
  /** Absent: the endpoint is that of administrators. */
  ownerId?: string;
  /** Why the endpoint is told of nothing any more. */
  disabledBecause?: string;
}

export interface Attempt {
  state: DeliveryState;
  status?: number;
  error?: string;
  /** Until the next one. */
  waitMs?: number;
}

const DUE = {
  id: webhookDeliveries.id,
  endpointId: webhookDeliveries.endpointId,
  type: webhookDeliveries.type,
} as const;
const RECORD = { ...getTableColumns(webhookDeliveries), url: webhookEndpoints.url };
const withId = (id: string) => eq(webhookDeliveries.id, id);
const PENDING = sql`${webhookDeliveries.state} = 'pending'`;

export function deliveryCatalog(database: Database): DeliveryCatalog {
  return {
    list: (page) => listDeliveries(database, page),
    open: (id) => openDelivery(database, id),
    recordAttempt: (id, attempt) => recordAttempt(database, id, attempt),
    add: (endpointId, event) => addDelivery(database, endpointId, event),
    reopen: (id) => reopen(database, id),
    toStart: (about) => toStart(database, about),
    overdue: (limit) =>
      database
        .select(DUE)
        .from(webhookDeliveries)
        .where(and(PENDING, sql`${webhookDeliveries.nextAttemptAt} < now() - interval '1 minute'`))
        .orderBy(asc(webhookDeliveries.nextAttemptAt))
        .limit(limit),
    forgetOld: () => forgetOld(database),
  };
}

async function toStart(database: Database, about: string): Promise<ToStart> {
  const { rows } = await database.execute<{ id: string | null } & Omit<DueDelivery, 'id'>>(sql`
    select id, endpoint_id as "endpointId", type from webhook_deliveries
    where about = ${about} and state = 'pending' and attempts = 0
    union all
    select null, endpoint_id, 'failures.grouped' from (
      select endpoint_id, image_id from webhook_failures order by id limit 1
    ) oldest where image_id::text = ${about}`);
  const deliveries = rows.flatMap(({ id, ...due }) => (id === null ? [] : [{ id, ...due }]));
  return { deliveries, beginsGroup: deliveries.length < rows.length };
}

/** @returns what is due of it */
export async function addDelivery(
  database: Pick<Database, 'insert'>,
  endpointId: string,
  event: NewEvent,
): Promise<DueDelivery> {
  const [added] = await database
    .insert(webhookDeliveries)
    .values({ endpointId, ...event })
    .returning(DUE);
  if (added === undefined) throw new Error('The database did not say what it had inserted.');
  return added;
}

async function listDeliveries(
  database: Database,
  { limit, after, state, endpointId }: DeliveryPage,
): Promise<DeliveryRecord[]> {
  const conditions: SQL[] = [];
  for (const id of [after, endpointId]) {
    if (id !== undefined && !isUuid(id))
      throw new DarkroomError('InvalidInput', `"${id}" is no id.`);
  }
  if (state !== undefined && !DELIVERY_STATES.includes(state)) {
    const words = `There is no state "${state}"; there are ${DELIVERY_STATES.join(', ')}.`;
    throw new DarkroomError('InvalidInput', words);
  }
  if (after !== undefined) conditions.push(lt(webhookDeliveries.id, after));
  // Literals, so that the planner can match them with the partial indexes.
  if (state !== undefined) {
    conditions.push(sql`${webhookDeliveries.state} = ${sql.raw(`'${state}'`)}`);
  }
  if (endpointId !== undefined) conditions.push(eq(webhookDeliveries.endpointId, endpointId));
  const rows = await database
    .select(RECORD)
    .from(webhookDeliveries)
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
    .where(and(...conditions))
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit);
  return rows.map(recordOf);
}

async function openDelivery(database: Database, id: string): Promise<OpenDelivery | undefined> {
  const { secret, ownerId, disabledBecause } = webhookEndpoints;
  const [row] = await database
    .select({ ...RECORD, secret, ownerId, disabledBecause })
    .from(webhookDeliveries)
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
    .where(withId(id));
  if (row === undefined) return undefined;
  return {
    ...recordOf(row),
    secret: row.secret,
    ...withoutNulls({ ownerId: row.ownerId, disabledBecause: row.disabledBecause }),
  };
}

async function recordAttempt(
  database: Database,
  id: string,
  { state, status, error, waitMs = 0 }: Attempt,
): Promise<void> {
  await database
    .update(webhookDeliveries)
    .set({
      state,
      attempts: sql`${webhookDeliveries.attempts} + 1`,
      lastStatus: status ?? null,
      lastError: error ?? null,
      lastAttemptAt: sql`now()`,
      nextAttemptAt: sql`now() + ${waitMs} * interval '1 millisecond'`,
      ...(state === 'delivered' && { deliveredAt: sql`now()` }),
    })
    .where(and(withId(id), PENDING));
}

async function reopen(database: Database, id: string): Promise<DueDelivery> {
  const found = isUuid(id) ? await openDelivery(database, id) : undefined;
  if (found === undefined) {
    throw new DarkroomError('DeliveryNotFound', `There is no delivery ${id}.`);
  }
  if (found.disabledBecause !== undefined) throw new DarkroomError('EndpointDisabled');
  await database
    .update(webhookDeliveries)
    .set({ state: 'pending', attempts: 0, nextAttemptAt: sql`now()`, deliveredAt: null })
    .where(withId(id));
  const { endpointId, type } = found;
  return { id, endpointId, type };
}

async function forgetOld(database: Database): Promise<number> {
  const { state, createdAt } = webhookDeliveries;
  const delivered = sql`${state} = 'delivered' and ${createdAt} < now() - interval '7 days'`;
  const dead = sql`${state} = 'dead' and ${createdAt} < now() - interval '30 days'`;
  return deleteDeliveries(database, or(delivered, dead));
}

/** A part that ends well before a statement's time is up. */
const DELETED_AT_ONCE = 5_000;

/** Part by part, because there may be days of them. @returns how many went */
export async function deleteDeliveries(
  database: Database,
  which: SQL | undefined,
): Promise<number> {
  const { id } = webhookDeliveries;
  const some = database.select({ id }).from(webhookDeliveries).where(which).limit(DELETED_AT_ONCE);
  let deleted = 0;
  let gone: unknown[];
  do {
    gone = await database.delete(webhookDeliveries).where(inArray(id, some)).returning({ id });
    deleted += gone.length;
    // A smaller part is no sign of the end: somebody else may delete some of the same.
  } while (gone.length > 0);
  return deleted;
}

function recordOf(row: typeof webhookDeliveries.$inferSelect & { url: string }): DeliveryRecord {
  const { id, endpointId, type, url, about, payload, state, attempts, createdAt } = row;
  const { lastStatus, lastError, lastAttemptAt, nextAttemptAt, deliveredAt } = row;
  return {
    ...{ id, endpointId, type, url, about, payload, state, attempts, createdAt },
    ...withoutNulls({ lastStatus, lastError, lastAttemptAt, deliveredAt }),
    ...(state === 'pending' && { nextAttemptAt }),
  };
}
