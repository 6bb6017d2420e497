import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import { DarkroomError, failureOf } from '../domain/failures.js';
import type { Generation } from '../domain/generation.js';
import { keptFailure } from '../domain/kept-failure.js';
import { pictureName } from '../domain/picture-name.js';
import type { PlacedOrder, SourcePicture } from '../generation/generation.js';
import { storeAndRegister, type StoredOriginal } from '../storage/store-original.js';
import type { ActivityDeps } from './deps.js';
import { openedGeneration } from './open-generation.js';
import { retryAfterMs } from './patiently.js';
import { orderOf, sourceOf } from './prediction-order.js';
import { tell } from './start-deliveries.js';

/** The image that a generation became. */
export interface StoredResult {
  /** Absent: it ended otherwise, or somebody wants it cancelled. */
  image?: { id: string; ownerId: string; fileName: string };
}

/**
 * Brings the finished picture home and makes it an image. Safe to repeat: the same bytes have the
 * same key and are the same image of their owner. Of what is cancelled meanwhile only bytes may stay,
 * which nobody names and `sweep --delete-orphans` removes.
 */
export const storeResult =
  (deps: ActivityDeps) =>
  async ({ generationId }: { generationId: string }): Promise<StoredResult> => {
    const { catalog } = deps;
    const generation = await openedGeneration(catalog, generationId);
    const fileName = pictureName(generation);
    const { ownerId, status, imageId } = generation;
    if (status === 'completed' && imageId !== undefined) {
      return { image: { id: imageId, ownerId, fileName } };
    }
    if (status !== 'downloading' || generation.cancelRequestedAt !== undefined) return {};
    const stored = await bringHome(deps, generation, fileName).catch((error: unknown) => {
      throw untilItIsGone(error);
    });
    // A worker that froze over it and came back may have been first.
    if (stored === undefined) return completedMeanwhile(catalog, generationId, fileName);
    await tell(deps, generationId);
    return { image: { id: stored.id, ownerId, fileName } };
  };

async function completedMeanwhile(
  catalog: ActivityDeps['catalog'],
  generationId: string,
  fileName: string,
): Promise<StoredResult> {
  const { status, imageId, ownerId } = await openedGeneration(catalog, generationId);
  const isThere = status === 'completed' && imageId !== undefined;
  return isThere ? { image: { id: imageId, ownerId, fileName } } : {};
}

async function bringHome(
  deps: ActivityDeps,
  generation: Generation,
  fileName: string,
): Promise<{ id: string } | undefined> {
  const { catalog, originals, limits } = deps;
  const { id, ownerId } = generation;
  const signal = cancellationSignal();
  const attempt = await catalog.generations.attempt(id);
  const predictionId = attempt?.generation.predictionId;
  if (attempt === undefined || predictionId === undefined) {
    throw new DarkroomError('Unexpected', 'A picture is to be fetched that nobody has made.');
  }
  const provider = deps.generation.of(attempt.generation.provider);
  const source = sourceLater(deps, generation, signal);
  const placed: PlacedOrder = { ...orderOf(attempt, source), predictionId };
  const { outputs, state } = await provider.get(placed, signal);
  const [output] = outputs;
  if (output === undefined) {
    // It was there when the prediction ended; providers keep pictures for an hour or so.
    const words = `The prediction is ${state}, and its picture is not there.`;
    throw new DarkroomError('ResultExpired', words);
  }
  const maxBytes = limits.maxFileBytes;
  const body = await provider.read(placed, output, { signal, maxBytes });
  const register = (image: StoredOriginal) => catalog.generations.completeWith(id, image);
  return storeAndRegister({ originals, register }, { ownerId, fileName, body }, maxBytes);
}

/** Only who paints the picture here and now looks at it: what was made elsewhere is there without it. */
function sourceLater(
  deps: ActivityDeps,
  generation: Generation,
  signal: AbortSignal,
): SourcePicture | undefined {
  if (generation.sourceImage === undefined) return undefined;
  return {
    bytes: async () => {
      const source = await sourceOf(deps, generation, signal);
      if (source === undefined) throw new DarkroomError('ImageNotFound');
      return source.bytes();
    },
  };
}

/**
 * What is paid for is worth more than three tries, whoever broke off: those are left to the policy of the
 * activity. What is ridden out anyway stays with the failure boundary.
 */
function untilItIsGone(error: unknown): unknown {
  if (!(error instanceof DarkroomError)) return error;
  const { kind, message } = error;
  const { fault, retry } = failureOf(kind);
  if (!retry || fault === 'infrastructure') return error;
  const waitMs = retryAfterMs(error);
  return ApplicationFailure.create({
    ...keptFailure(kind, message),
    nonRetryable: false,
    cause: error,
    ...(waitMs > 0 && { nextRetryDelay: waitMs }),
  });
}
