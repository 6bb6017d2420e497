import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { USUAL_TRIES } from '../domain/generation-request.js';
import type { GenerationStatus, GenerationUsage } from '../domain/generation.js';
import { id, instant } from './columns.js';
import { images } from './schema.js';

/**
 * Requests for new pictures. Applications insert rows by hand, so what may be wrong with a request is
 * no constraint: a bad row becomes `failed`, with the reason in it.
 */
export const generationJobs = pgTable(
  'generation_jobs',
  {
    id: id(),
    ownerId: text('owner_id').notNull(),
    prompt: text('prompt'),
    negativePrompt: text('negative_prompt'),
    /** Null: the configured one. */
    provider: text('provider'),
    /** What `provider` is called elsewhere; a trigger moves it there. */
    backend: text('backend'),
    model: text('model'),
    modelVersion: text('model_version'),
    widthPx: integer('width').notNull().default(1024),
    heightPx: integer('height').notNull().default(1024),
    steps: integer('steps'),
    guidanceScale: doublePrecision('guidance_scale'),
    seed: bigint('seed', { mode: 'number' }),
    sourceImage: text('source_image'),
    strength: doublePrecision('strength'),
    style: text('style'),
    format: text('format').notNull().default('png'),
    /** Higher first, then age, within an owner. */
    priority: integer('priority').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull().default(USUAL_TRIES),
    timeoutSeconds: integer('timeout_seconds').notNull().default(300),

    status: text('status').$type<GenerationStatus>().notNull().default('pending'),
    progress: integer('progress').notNull().default(0),
    attemptNumber: integer('attempt_number').notNull().default(0),
    /** When the try that is under way began, before anything was sent to the provider. */
    orderedAt: instant('ordered_at'),
    predictionId: text('prediction_id'),
    /** No image is deleted as a row, only marked. */
    imageId: uuid('image_id').references(() => images.id),
    failureKind: text('failure_kind'),
    failureMessage: text('failure_message'),
    usage: jsonb('usage').$type<GenerationUsage>(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** When its workflow was started by whoever found the row; null: nobody has found it yet. */
    dispatchedAt: instant('dispatched_at'),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    durationMs: bigint('duration_ms', { mode: 'number' }),
    /** Set by whoever wants it cancelled, by SQL too. */
    cancelRequestedAt: instant('cancel_requested_at'),
    /** When the provider last said by its webhook that something happened. */
    wokenAt: instant('woken_at'),
  },
  (table) => [
    check(
      'generation_jobs_status',
      sql`status in ('pending', 'processing', 'downloading', 'completed', 'failed', 'cancelled')`,
    ),
    check('generation_jobs_progress', sql`progress between 0 and 100`),
    check('generation_jobs_image', sql`status <> 'completed' or image_id is not null`),
    index('generation_jobs_owner').on(table.ownerId, table.id),
    // Settings asks for the newest of them; few of many.
    index('generation_jobs_failed')
      .on(table.id)
      .where(sql`status = 'failed'`),
    index('generation_jobs_open')
      .on(table.id)
      .where(sql`status in ('pending', 'processing', 'downloading')`),
    index('generation_jobs_waiting')
      .on(table.priority.desc(), table.id)
      .where(sql`status = 'pending' and dispatched_at is null`),
    index('generation_jobs_priority')
      .on(table.priority)
      .where(sql`status = 'pending' and dispatched_at is not null`),
    index('generation_jobs_prediction').on(table.predictionId),
    index('generation_jobs_image_id').on(table.imageId),
  ],
);
