import { log } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import type { Image } from '../domain/image.js';
import { largestWidthPx } from '../domain/recipe.js';
import type { PixelFile, PrepareOutput } from '../imaging/encoder-jobs.js';
import type { ActivityDeps } from './deps.js';
import { fetchOriginal, type FetchedOriginal } from './fetch-original.js';
import { runEncoder } from './run-encoder.js';
import type { ScratchFolder } from './scratch.js';

/** Reading and decoding a 50-megapixel original takes seconds; ten times that means it hangs. */
const PREPARE_TIMEOUT_MS = 120_000;
const FETCH_TIMEOUT_MS = 120_000;

export interface Master {
  original: FetchedOriginal;
  prepared: PrepareOutput;
  previewPath: string;
}

type MasterDeps = Pick<
  ActivityDeps,
  'originals' | 'outside' | 'limits' | 'encoders' | 'scratch' | 'recipe' | 'recipeHash'
>;

/** Reads the original and leaves its working master in the scratch folder. */
export async function makeMaster(
  deps: MasterDeps,
  image: Pick<Image, 'id' | 'original'>,
  { folder, signal }: { folder: ScratchFolder; signal: AbortSignal },
): Promise<Master> {
  const original = await fetchInTime(deps, image.original, folder.path('original'), signal);
  log.info('original read', { imageId: image.id, sizeBytes: original.sizeBytes });
  const previewPath = folder.path('preview.jpg');
  const prepared = await runEncoder(
    deps.encoders,
    'prepare',
    {
      originalPath: original.path,
      limits: deps.limits,
      maxMasterWidthPx: largestWidthPx(deps.recipe),
      masterPath: deps.scratch.masterPath(image.id, original.sha256, deps.recipeHash),
      previewPath,
      ...(deps.recipe.colorSpace && { colorSpace: deps.recipe.colorSpace }),
    },
    { signal, timeoutMs: PREPARE_TIMEOUT_MS },
  );
  return { original, prepared, previewPath };
}

/** @throws DarkroomError `StorageUnavailable` when it takes too long: slow reading is no image's fault. */
async function fetchInTime(
  deps: Pick<ActivityDeps, 'originals' | 'outside' | 'limits'>,
  original: string,
  path: string,
  signal: AbortSignal,
): Promise<FetchedOriginal> {
  const timeout = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  try {
    return await fetchOriginal(deps, original, path, AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (signal.aborted || !timeout.aborted) throw error;
    const message = `Reading the original took longer than ${FETCH_TIMEOUT_MS / 1000} s.`;
    throw new DarkroomError('StorageUnavailable', message, { cause: error });
  }
}

/** How the pixels of a master lie in its file; where the file is, every worker says for itself. */
export type MasterShape = Omit<PixelFile, 'path'>;
