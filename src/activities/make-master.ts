import type { Image } from '../domain/image.js';
import { largestWidthPx } from '../domain/recipe.js';
import type { PixelFile, PrepareOutput } from '../imaging/encoder-jobs.js';
import type { ActivityDeps } from './deps.js';
import { fetchOriginal, type FetchedOriginal } from './fetch-original.js';
import type { ScratchFolder } from './scratch.js';

/** Reading and decoding a 50-megapixel original takes seconds; ten times that means it hangs. */
const PREPARE_TIMEOUT_MS = 120_000;
const FETCH_TIMEOUT_MS = 120_000;

export interface Master {
  original: FetchedOriginal;
  prepared: PrepareOutput;
  previewPath: string;
}

/** Reads the original and leaves its working master in the scratch folder. */
export async function makeMaster(
  deps: Pick<ActivityDeps, 'originals' | 'limits' | 'encoders' | 'scratch' | 'recipe'>,
  image: Pick<Image, 'id' | 'original'>,
  attempt: { folder: ScratchFolder; signal: AbortSignal; priority?: number },
): Promise<Master> {
  const { folder, signal, priority } = attempt;
  const fetching = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
  const original = await fetchOriginal(deps, image.original, folder.path('original'), fetching);
  const previewPath = folder.path('preview.jpg');
  const prepared = await deps.encoders.run(
    'prepare',
    {
      originalPath: original.path,
      limits: deps.limits,
      maxMasterWidthPx: largestWidthPx(deps.recipe),
      masterPath: deps.scratch.masterPath(image.id, original.sha256),
      previewPath,
    },
    { signal, timeoutMs: PREPARE_TIMEOUT_MS, ...(priority !== undefined && { priority }) },
  );
  return { original, prepared, previewPath };
}

/** How the pixels of a master lie in its file; where the file is, every worker says for itself. */
export type MasterShape = Omit<PixelFile, 'path'>;
