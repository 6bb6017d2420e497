import type { InferSelectModel } from 'drizzle-orm';
import type {
  Image,
  Metadata,
  StepFailure,
  StepRecord,
  StepSource,
  StepState,
  Variant,
} from '../domain/image.js';
import type { Run } from '../domain/runs.js';
import type { backfillRuns, images, imageVariants } from './schema.js';

type ImageRow = InferSelectModel<typeof images>;

export function imageOf(row: ImageRow): Image {
  return {
    id: row.id,
    ownerId: row.ownerId,
    original: row.original,
    fileName: row.fileName,
    colors: row.colors,
    formats: row.formats,
    status: row.status,
    readyMaxWidthPx: row.readyMaxWidthPx,
    variantsReady: row.variantsReady,
    steps: {
      variants: stepOf(row.variantsState, null, row.variantsFailure),
      metadata: stepOf(row.metadataState, row.metadataSource, row.metadataFailure),
      embedding: stepOf(row.embeddingState, row.embeddingSource, row.embeddingFailure),
    },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...withoutNulls({
      sha256: row.sha256,
      sizeBytes: row.sizeBytes,
      mediaType: row.mediaType,
      widthPx: row.widthPx,
      heightPx: row.heightPx,
      placeholder: row.placeholder,
      brightness: row.brightness,
      camera: row.camera,
      previewKey: row.previewKey,
      imageKey: row.imageKey,
      buildingKey: row.buildingKey,
      recipe: row.recipe,
      metadata: metadataOf(row),
      quarantinedAt: row.quarantinedAt,
      deletedAt: row.deletedAt,
    }),
  };
}

export function variantOf(row: InferSelectModel<typeof imageVariants>): Variant {
  const { tier, widthPx, heightPx, format, key, sizeBytes, sha256 } = row;
  return { tier, widthPx, heightPx, format, key, sizeBytes, sha256 };
}

export function runOf(row: InferSelectModel<typeof backfillRuns>): Run {
  const { id, scope, steps, status, total, done, failed, startedAt, pausedAt } = row;
  const pausing = pausedAt === null ? 0 : Math.max(0, Date.now() - pausedAt.getTime());
  return {
    ...{ id, scope, steps, status, total, done, failed, startedAt },
    pausedMs: row.pausedMs + pausing,
    ...withoutNulls({
      startedBy: row.startedBy,
      finishedAt: row.finishedAt,
      failure: row.failure,
      concurrency: row.concurrency,
    }),
  };
}

function stepOf(
  state: StepState,
  source: StepSource | null,
  failure: StepFailure | null,
): StepRecord {
  return { state, ...withoutNulls({ source, failure }) };
}

function metadataOf(row: ImageRow): Metadata | null {
  if (row.description === null) return null;
  return {
    description: row.description,
    tags: row.tags,
    category: row.category ?? '',
    dominantColors: row.dominantColors,
    mood: row.mood ?? '',
  };
}

/** SQL says null where the program leaves a field out. */
export function withoutNulls<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> };
}
