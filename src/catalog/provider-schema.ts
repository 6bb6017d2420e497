import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { Step, StepFailure, Words } from '../domain/image.js';
import type { QueueLoad } from '../domain/queue-load.js';
import { instant } from './columns.js';

/** What was said of bytes already, so that the same bytes are not described, and paid for, twice. */
export const metadataCache = pgTable(
  'metadata_cache',
  {
    /** Of bytes, provider, model and version of the prompt. */
    key: text('key').primaryKey(),
    /** Of the bytes: with the last image that has them goes what was said of them. */
    sha256: text('sha256').notNull(),
    /** Null while the first image with these bytes is still being described. */
    words: jsonb('words').$type<Words>(),
    /** The image whose step asks for it. */
    claimedBy: uuid('claimed_by').notNull(),
    claimedAt: instant('claimed_at').notNull().defaultNow(),
    describedAt: instant('described_at'),
  },
  (table) => [index('metadata_cache_sha256').on(table.sha256)],
);

/** How often a provider may be called, and when the next call may be made. */
export const providerLimits = pgTable(
  'provider_limits',
  {
    queue: text('queue').primaryKey(),
    /** As somebody set it while it ran; null: what the configuration says. */
    ratePerMinute: integer('rate_per_minute'),
    nextAt: instant('next_at').notNull().defaultNow(),
  },
  () => [check('provider_limits_rate', sql`rate_per_minute > 0`)],
);

/** How it goes with the provider of a step: shared, so that one worker's experience is everybody's. */
export const providerStates = pgTable('provider_states', {
  step: text('step').$type<Step>().primaryKey(),
  /** Of endpoint, key and model: a change of one of them is a new beginning. */
  fingerprint: text('fingerprint').notNull(),
  /** Of one kind, one after the other. */
  failures: integer('failures').notNull().default(0),
  failure: jsonb('failure').$type<StepFailure>(),
  /** Since when it is not asked, and when one call may try again. */
  openedAt: instant('opened_at'),
  probeAt: instant('probe_at'),
});

/** Worker processes, as they say themselves every few seconds. */
export const workerBeats = pgTable('worker_beats', {
  /** As Temporal knows it. */
  identity: text('identity').primaryKey(),
  startedAt: instant('started_at').notNull().defaultNow(),
  seenAt: instant('seen_at').notNull().defaultNow(),
  queues: jsonb('queues').$type<Record<string, QueueLoad>>().notNull(),
});

/** Tries of each queue that ended in a minute, by all workers. */
export const queueMinutes = pgTable(
  'queue_minutes',
  {
    queue: text('queue').notNull(),
    minute: instant('minute').notNull(),
    completed: integer('completed').notNull(),
    failed: integer('failed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.queue, table.minute] })],
);
