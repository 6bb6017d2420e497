import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, json, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { DeliveryState, EventType, Subscription } from '../domain/events.js';
import { id, instant } from './columns.js';

/** Who is told of events. Triggers read it (migration 0007), so a row takes effect with its commit. */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: id(),
  /** Whose events; null: those of all owners, and what is for administrators. */
  ownerId: text('owner_id'),
  url: text('url').notNull(),
  /** Not a hash: every event is signed with it. */
  secret: text('secret').notNull(),
  events: text('events').array().$type<Subscription[]>().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  disabledAt: instant('disabled_at'),
  disabledBecause: text('disabled_because'),
});

/** One event for one endpoint, from the commit of what happened until it is delivered or given up. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The webhook-id, the same at every attempt. */
    id: id(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    type: text('type').$type<EventType>().notNull(),
    /** The image, the run or whatever else it is about: by it the deliveries are found and started. */
    about: text('about').notNull(),
    // Not jsonb, which would put the fields into another order.
    payload: json('payload').$type<Record<string, unknown>>().notNull(),
    state: text('state').$type<DeliveryState>().notNull().default('pending'),
    /** Since it was last to be delivered: sending it again begins anew. */
    attempts: integer('attempts').notNull().default(0),
    /** What the endpoint answered last; null when it did not answer. */
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastAttemptAt: instant('last_attempt_at'),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    deliveredAt: instant('delivered_at'),
  },
  (table) => [
    check('webhook_deliveries_state', sql`state in ('pending', 'delivered', 'dead')`),
    // What is to be started after a commit, and what the sweep looks for: both are few.
    index('webhook_deliveries_about')
      .on(table.about)
      .where(sql`state = 'pending'`),
    index('webhook_deliveries_next_attempt')
      .on(table.nextAttemptAt)
      .where(sql`state = 'pending'`),
    index('webhook_deliveries_endpoint').on(table.endpointId, table.id),
    // What the sweep forgets, the oldest first.
    index('webhook_deliveries_delivered')
      .on(table.createdAt)
      .where(sql`state = 'delivered'`),
    index('webhook_deliveries_dead')
      .on(table.id)
      .where(sql`state = 'dead'`),
  ],
);

/** Final failures that an endpoint of administrators is told of together, when the window ends. */
export const webhookFailures = pgTable(
  'webhook_failures',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    imageId: uuid('image_id').notNull(),
    ownerId: text('owner_id').notNull(),
    fileName: text('file_name').notNull(),
    kind: text('kind').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [index('webhook_failures_endpoint').on(table.endpointId, table.id)],
);
