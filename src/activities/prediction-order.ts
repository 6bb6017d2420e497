import type { Attempt } from '../catalog/generation-attempts.js';
import { DarkroomError } from '../domain/failures.js';
import type { Generation, PicturePlan } from '../domain/generation.js';
import { isUuid } from '../domain/ids.js';
import type { Image } from '../domain/image.js';
import { styledPrompt } from '../domain/styles.js';
import type { PredictionOrder, SourcePicture } from '../generation/generation.js';
import { openOriginal } from '../storage/locate-original.js';
import type { Storage } from '../storage/storage.js';
import type { ActivityDeps } from './deps.js';
import { readAll } from './read-all.js';

/** A source travels inside a request, and providers take no more. */
const MOST_SOURCE_BYTES = 256_000;

type SourceDeps = Pick<ActivityDeps, 'catalog' | 'originals' | 'variants' | 'outside'>;

/** What a try asks of its provider. */
export function orderOf(attempt: Attempt, source?: SourcePicture): PredictionOrder {
  const { generation, orderedAt, deadlineMs } = attempt;
  const { id, attemptNumber, model, modelVersion, startedAt, timeoutSeconds } = generation;
  const leftMs = startedAt.getTime() + timeoutSeconds * 1000 - orderedAt.getTime();
  return {
    generationId: id,
    attempt: attemptNumber,
    orderedAt,
    ...(model !== undefined && { model }),
    ...(modelVersion !== undefined && { modelVersion }),
    plan: planOf(generation),
    ...(source !== undefined && { source }),
    cancelAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
    deadlineMs,
  };
}

function planOf(generation: Generation): PicturePlan {
  const { widthPx, heightPx, format, negativePrompt, steps, guidanceScale, seed } = generation;
  const { sourceImage, strength, style } = generation;
  return {
    prompt: styledPrompt(generation.prompt, style),
    ...{ widthPx, heightPx, format },
    ...(negativePrompt !== undefined && { negativePrompt }),
    ...(steps !== undefined && { steps }),
    ...(guidanceScale !== undefined && { guidanceScale }),
    ...(seed !== undefined && { seed }),
    ...(sourceImage !== undefined && { sourceImage }),
    ...(strength !== undefined && { strength }),
    ...(style !== undefined && { style }),
  };
}

/**
 * The picture that a generation begins with, when it has one.
 * @throws DarkroomError `ImageNotFound` also for the image of another owner
 */
export async function sourceOf(
  deps: SourceDeps,
  { sourceImage, ownerId }: Pick<Generation, 'sourceImage' | 'ownerId'>,
  signal: AbortSignal,
): Promise<SourcePicture | undefined> {
  if (sourceImage === undefined) return undefined;
  if (!isUuid(sourceImage))
    return { url: sourceImage, bytes: () => fetched(deps, sourceImage, signal) };
  const image = await deps.catalog.images.get(sourceImage);
  if (image === undefined || image.deletedAt !== undefined || image.ownerId !== ownerId) {
    throw new DarkroomError('ImageNotFound', `There is no image ${sourceImage} to begin with.`);
  }
  return { bytes: () => smallEnough(deps, image, signal) };
}

/** What an owner names is on the open internet, whatever the installation may read of its own network. */
async function fetched({ originals, outside }: SourceDeps, original: string, signal: AbortSignal) {
  const maxBytes = MOST_SOURCE_BYTES;
  const stream = await openOriginal({
    ...{ original, storage: originals, signal, maxBytes },
    ...(outside !== undefined && { outside: { ...outside, allowPrivate: false } }),
  });
  const bytes = await readAll(stream);
  return { bytes, mediaType: mediaTypeOf(bytes) };
}

/** The widest variant that fits into a request, or the preview that describers see. */
async function smallEnough(
  { catalog, originals, variants }: SourceDeps,
  image: Image,
  signal: AbortSignal,
) {
  const stored = image.variantsReady ? await catalog.images.variants(image.id) : [];
  const fitting = stored
    .filter(({ format, sizeBytes }) => format === 'webp' && sizeBytes <= MOST_SOURCE_BYTES)
    .sort((a, b) => b.widthPx - a.widthPx)[0];
  if (fitting !== undefined && variants !== undefined) {
    return { bytes: await read(variants, fitting.key, signal), mediaType: 'image/webp' };
  }
  if (image.previewKey === undefined) {
    const words = `The image ${image.id} has not been read yet, so nothing can begin with it.`;
    throw new DarkroomError('InvalidInput', words);
  }
  return { bytes: await read(originals, image.previewKey, signal), mediaType: 'image/jpeg' };
}

async function read(storage: Storage, key: string, signal: AbortSignal): Promise<Buffer> {
  return readAll(await storage.read(key, { signal }));
}

/** Of what providers take; for anything else they say themselves that it is none. */
function mediaTypeOf(bytes: Buffer): string {
  if (bytes.subarray(0, 4).toString('latin1') === '\x89PNG') return 'image/png';
  if (bytes.subarray(8, 12).toString('latin1') === 'WEBP') return 'image/webp';
  return 'image/jpeg';
}
