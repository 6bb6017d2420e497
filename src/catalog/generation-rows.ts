import type { Generation, GenerationProviderName, ResultFormat } from '../domain/generation.js';
import { knownKind } from '../domain/failures.js';
import type { generationJobs } from './generation-schema.js';
import { withoutNulls } from './rows.js';

export type GenerationRow = typeof generationJobs.$inferSelect;

/**
 * A row as the program sees it. Whoever inserted it may have written anything: what a try is made of
 * is checked when it begins, and until then only shown.
 */
export function generationOf(row: GenerationRow): Generation {
  const { id, ownerId, widthPx, heightPx, priority, status, progress, createdAt } = row;
  const { attemptNumber, maxAttempts, timeoutSeconds } = row;
  return {
    ...{ id, ownerId, widthPx, heightPx, priority, status, progress, createdAt },
    ...{ attemptNumber, maxAttempts, timeoutSeconds },
    prompt: row.prompt ?? '',
    format: row.format as ResultFormat,
    ...withoutNulls({
      negativePrompt: row.negativePrompt,
      provider: row.provider as GenerationProviderName | null,
      model: row.model,
      modelVersion: row.modelVersion,
      steps: row.steps,
      guidanceScale: row.guidanceScale,
      seed: row.seed,
      sourceImage: row.sourceImage,
      strength: row.strength,
      style: row.style,
      predictionId: row.predictionId,
      imageId: row.imageId,
      failure: failureOf(row),
      usage: row.usage,
      startedAt: row.startedAt,
      finishedAt: row.finishedAt,
      durationMs: row.durationMs,
      cancelRequestedAt: row.cancelRequestedAt,
    }),
  };
}

function failureOf({ failureKind, failureMessage }: GenerationRow): Generation['failure'] | null {
  if (failureKind === null) return null;
  return { kind: knownKind(failureKind), message: failureMessage ?? '' };
}
