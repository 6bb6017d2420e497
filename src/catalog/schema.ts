import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  CameraFacts,
  DominantColor,
  ImageStatus,
  Step,
  StepFailure,
  StepSource,
  StepState,
} from '../domain/image.js';
import type { Format, Tier } from '../domain/recipe.js';
import type { Role } from '../domain/caller.js';
import type { RunStatus, Scope } from '../domain/runs.js';
import { id, instant } from './columns.js';

/** A vector of any length: the rows of one model all have the same, and each model has an index. */
const vector = customType<{ data: number[]; driverData: string }>({
  dataType: () => 'vector',
  toDriver: (numbers) => `[${numbers.join(',')}]`,
  fromDriver: (stored) => JSON.parse(stored) as number[],
});

export const images = pgTable(
  'images',
  {
    id: id(),
    ownerId: text('owner_id').notNull(),
    original: text('original').notNull(),
    fileName: text('file_name').notNull(),
    sha256: text('sha256'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    mediaType: text('media_type'),
    widthPx: integer('width_px'),
    heightPx: integer('height_px'),
    placeholder: text('placeholder'),
    brightness: doublePrecision('brightness'),
    colors: jsonb('colors').$type<DominantColor[]>().notNull().default([]),
    /** The words for them, so that lists can be filtered by colour. */
    colorNames: text('color_names').array().notNull().default([]),
    camera: jsonb('camera').$type<CameraFacts>(),
    previewKey: text('preview_key'),
    imageKey: text('image_key'),
    buildingKey: text('building_key'),
    recipe: text('recipe'),
    formats: text('formats').array().$type<Format[]>().notNull().default([]),
    status: text('status').$type<ImageStatus>().notNull().default('pending'),
    readyMaxWidthPx: integer('ready_max_width').notNull().default(0),
    variantsReady: boolean('variants_ready').notNull().default(false),
    /** When its variants became whole, the last time they did. */
    readyAt: instant('ready_at'),
    requestedSteps: text('requested_steps')
      .array()
      .$type<Step[]>()
      .notNull()
      .default(['variants', 'metadata', 'embedding']),
    variantsState: text('variants_state').$type<StepState>().notNull().default('pending'),
    variantsFailure: jsonb('variants_failure').$type<StepFailure>(),
    metadataState: text('metadata_state').$type<StepState>().notNull().default('pending'),
    metadataSource: jsonb('metadata_source').$type<StepSource>(),
    metadataFailure: jsonb('metadata_failure').$type<StepFailure>(),
    embeddingState: text('embedding_state').$type<StepState>().notNull().default('pending'),
    embeddingSource: jsonb('embedding_source').$type<StepSource>(),
    embeddingFailure: jsonb('embedding_failure').$type<StepFailure>(),
    description: text('description'),
    tags: text('tags').array().notNull().default([]),
    category: text('category'),
    dominantColors: text('dominant_colors').array().notNull().default([]),
    mood: text('mood'),
    quarantinedAt: instant('quarantined_at'),
    /** Hash of the rules by which it was set aside: under others it deserves another try. */
    quarantineRules: text('quarantine_rules'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (table) => [
    unique('images_owner_original').on(table.ownerId, table.original),
    check('images_status', sql`status in ('pending', 'processing', 'completed', 'failed')`),
    // What the sweep looks for: both are few.
    index('images_deferred')
      .on(table.id)
      .where(
        sql`deleted_at is null and (variants_state = 'deferred' or metadata_state = 'deferred' or embedding_state = 'deferred')`,
      ),
    index('images_processing')
      .on(table.id)
      .where(sql`deleted_at is null and status = 'processing'`),
    // Who needs an object, before it is removed.
    index('images_image_key')
      .on(table.imageKey)
      .where(sql`deleted_at is null`),
    index('images_building_key')
      .on(table.buildingKey)
      .where(sql`deleted_at is null`),
    index('images_original').on(table.original),
    // Lists of one owner, newest first, and what they are filtered by.
    index('images_owner').on(table.ownerId, table.id),
    index('images_tags').using('gin', table.tags),
    index('images_color_names').using('gin', table.colorNames),
    index('images_ready_at').on(table.readyAt),
    // What a backfill pages through: small, because ready images are not in it. Those that were set
    // aside are, because other rules bring them back.
    index('images_unfinished')
      .on(table.id)
      .where(
        sql`deleted_at is null and (not variants_ready or variants_state <> 'done' or metadata_state <> 'done' or embedding_state <> 'done')`,
      ),
  ],
);

export const imageVariants = pgTable(
  'image_variants',
  {
    imageId: uuid('image_id')
      .notNull()
      .references(() => images.id, { onDelete: 'cascade' }),
    imageKey: text('image_key').notNull(),
    recipe: text('recipe').notNull(),
    tier: text('tier').$type<Tier['label']>().notNull(),
    widthPx: integer('width').notNull(),
    heightPx: integer('height').notNull(),
    format: text('format').$type<Format>().notNull(),
    key: text('key').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  // The image key stands for recipe and bytes, so new bytes can be built beside the old.
  (table) => [
    primaryKey({ columns: [table.imageId, table.imageKey, table.widthPx, table.format] }),
    index('image_variants_image_key').on(table.imageKey),
  ],
);

export const imageEmbeddings = pgTable(
  'image_embeddings',
  {
    imageId: uuid('image_id')
      .notNull()
      .references(() => images.id, { onDelete: 'cascade' }),
    model: text('model').notNull(),
    dims: integer('dims').notNull(),
    modality: text('modality').$type<'text'>().notNull().default('text'),
    vector: vector('vector').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.imageId, table.model] })],
);

export const backfillRuns = pgTable('backfill_runs', {
  /** The first execution's run id: the same across continue-as-new. */
  id: text('id').primaryKey(),
  workflowId: text('workflow_id').notNull(),
  scope: text('scope').$type<Scope>().notNull(),
  steps: text('steps').array().$type<Step[]>().notNull(),
  status: text('status').$type<RunStatus>().notNull().default('running'),
  /** Who asked for it, in words: `the page`, `cli`, `api token build`; unknown for plain Temporal. */
  startedBy: text('started_by'),
  total: integer('total').notNull(),
  done: integer('done').notNull().default(0),
  failed: integer('failed').notNull().default(0),
  /** Images in flight at once, as it was told last; null when nobody who files it said so. */
  concurrency: integer('concurrency'),
  /** Since when it is paused, and for how long it has been before. */
  pausedAt: instant('paused_at'),
  pausedMs: bigint('paused_ms', { mode: 'number' }).notNull().default(0),
  failure: jsonb('failure').$type<{ kind: string; message: string }>(),
  startedAt: instant('started_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
});

export const runFailures = pgTable(
  'run_failures',
  {
    runId: text('run_id')
      .notNull()
      .references(() => backfillRuns.id, { onDelete: 'cascade' }),
    imageId: uuid('image_id')
      .notNull()
      .references(() => images.id, { onDelete: 'cascade' }),
    step: text('step').$type<Step>().notNull(),
    kind: text('kind').notNull(),
    message: text('message').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.imageId, table.step] })],
);

/** Who may call the HTTP API; the token itself is shown once and kept only as its hash. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: id(),
    name: text('name').notNull(),
    role: text('role').$type<Role>().notNull(),
    /** Whose images an owner's token reaches; null for administrators. */
    ownerId: text('owner_id'),
    sha256: text('sha256').notNull().unique(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  () => [
    check('api_tokens_role', sql`role in ('admin', 'owner')`),
    check('api_tokens_owner', sql`(role = 'owner') = (owner_id is not null)`),
  ],
);

/** Answers to POST requests that carried an Idempotency-Key, so that a repetition gets the same. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tokenId: uuid('token_id')
      .notNull()
      .references(() => apiTokens.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** Of method, path and body: the same key with another request is refused. */
    requestSha256: text('request_sha256').notNull(),
    /** Null while the first request is still being answered. */
    status: integer('status'),
    body: jsonb('body'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tokenId, table.key] }),
    index('idempotency_keys_created_at').on(table.createdAt),
  ],
);
