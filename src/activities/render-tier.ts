import { access, rm } from 'node:fs/promises';
import { cancellationSignal, log } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import { scratchQueue, variantKey } from '../domain/ids.js';
import type { Variant } from '../domain/image.js';
import { formatsFor, type FormatSettings, type Tier } from '../domain/recipe.js';
import type { EncodedFile, PixelFile } from '../imaging/encoder-jobs.js';
import type { Storage } from '../storage/storage.js';
import { storedState } from '../storage/stored-state.js';
import type { ActivityDeps } from './deps.js';
import { livingImage } from './living-image.js';
import { makeMaster } from './make-master.js';
import type { Build } from './prepare-original.js';
import { runEncoder } from './run-encoder.js';
import type { ScratchFolder } from './scratch.js';
import { signalAfter } from './signal-after.js';
import { tell } from './start-deliveries.js';
import { workingOn } from './working-on.js';

/** The largest tier takes half a second; a picture that is a hundred times as hard is hostile. */
const ENCODE_TIMEOUT_MS = 60_000;

/** What is encoded when the work is cancelled is stored nevertheless, unless that takes longer. */
const STORE_ANYWAY_MS = 5_000;

/** A key stands for its bytes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

export interface RenderTierInput {
  imageId: string;
  build: Build;
  tier: Tier;
}

export interface RenderedTier {
  /** Formats that were encoded now; those that were stored already do not count. */
  encoded: number;
  /** The queue of the workers that have the master now. */
  queue: string;
  /** The image was deleted or is of other bytes by now: nothing more is to be made of this build. */
  superseded?: true;
  /** This worker makes variants by another recipe: the image is to be prepared again. */
  otherRecipe?: true;
}

/**
 * Makes every format of one tier from the working master, stores and records them, and moves
 * `ready_max_width`. Safe to repeat: same pixels, same keys, same rows; what is stored stays.
 */
export const renderTier =
  (deps: ActivityDeps) =>
  async ({ imageId, build, tier }: RenderTierInput): Promise<RenderedTier> => {
    const storage = configured(deps.variants);
    const input = { imageId, build, tier };
    if (build.recipe !== deps.recipeHash) return otherRecipe(deps, input);
    if (!(await isWanted(deps, input))) return superseded(deps, input);
    const done = build.force ? [] : await storedVariants(deps, storage, input);
    const formats = formatsFor(deps.recipe, { animated: build.master.animation !== undefined });
    const todo = formats.filter(({ format }) => !done.some((variant) => variant.format === format));

    await using folder = await deps.scratch.folder();
    const files = todo.length > 0 ? await encode(deps, input, todo, folder) : [];
    const made = await store(storage, build, tier, files);

    const last = tier.widthPx === build.tiers.at(-1)?.widthPx;
    const recorded = await deps.catalog.images.recordTier(imageId, {
      sha256: build.sha256,
      imageKey: build.imageKey,
      recipe: build.recipe,
      formats: formats.map(({ format }) => format),
      widthPx: tier.widthPx,
      variants: [...done, ...made],
      last,
    });
    if (!recorded) return superseded(deps, input);
    if (last) {
      await rm(deps.scratch.masterPath(imageId, build.sha256, build.recipe), { force: true });
      await tell(deps, imageId);
    }
    return { encoded: made.length, queue: scratchQueue(deps.scratch.id) };
  };

/** Looked at before every tier, so that nobody encodes for long what nobody will see. */
async function isWanted(
  { catalog }: ActivityDeps,
  { imageId, build }: RenderTierInput,
): Promise<boolean> {
  const image = await catalog.images.get(imageId);
  if (image === undefined || image.deletedAt !== undefined) return false;
  if (image.sha256 !== build.sha256) return false;
  workingOn(image);
  return true;
}

async function superseded(
  { scratch }: ActivityDeps,
  { imageId, build }: RenderTierInput,
): Promise<RenderedTier> {
  await rm(scratch.masterPath(imageId, build.sha256, build.recipe), { force: true });
  log.info('build given up: other bytes, or deleted', { imageId });
  return { encoded: 0, queue: scratchQueue(scratch.id), superseded: true };
}

async function otherRecipe(
  { scratch }: ActivityDeps,
  { imageId, build }: RenderTierInput,
): Promise<RenderedTier> {
  await rm(scratch.masterPath(imageId, build.sha256, build.recipe), { force: true });
  log.info('build given up: another recipe', { imageId });
  return { encoded: 0, queue: scratchQueue(scratch.id), otherRecipe: true };
}

function configured(variants: Storage | undefined): Storage {
  if (variants === undefined) throw new DarkroomError('StorageNotConfigured');
  return variants;
}

/** Variants of this tier and build that are recorded and really there, byte for byte. */
async function storedVariants(
  { catalog }: ActivityDeps,
  storage: Storage,
  { imageId, build, tier }: RenderTierInput,
): Promise<Variant[]> {
  const recorded = (await catalog.images.variants(imageId)).filter(
    (variant) =>
      variant.widthPx === tier.widthPx &&
      variant.key === variantKey(build.imageKey, tier.widthPx, variant.format),
  );
  const found = await Promise.all(recorded.map((variant) => storedState(storage, variant)));
  return recorded.filter((_variant, index) => found[index] === 'whole');
}

async function encode(
  deps: ActivityDeps,
  { imageId, build, tier }: RenderTierInput,
  todo: FormatSettings[],
  folder: ScratchFolder,
): Promise<EncodedFile[]> {
  const signal = cancellationSignal();
  const master = await masterOf(deps, imageId, build, folder);
  const files = await runEncoder(
    deps.encoders,
    'encode',
    {
      master,
      widthPx: tier.widthPx,
      outputs: todo.map((settings) => ({ settings, path: folder.path(settings.format) })),
    },
    { signal, timeoutMs: ENCODE_TIMEOUT_MS },
  );
  for (const { format, sizeBytes } of files) {
    log.info('variant encoded', { imageId, width: tier.widthPx, format, sizeBytes });
  }
  return files;
}

/** The master in this worker's scratch folder; made again when it is not there. */
async function masterOf(
  deps: ActivityDeps,
  imageId: string,
  build: Build,
  folder: ScratchFolder,
): Promise<PixelFile> {
  const path = deps.scratch.masterPath(imageId, build.sha256, build.recipe);
  const present = await access(path).then(
    () => true,
    () => false,
  );
  if (present) return { path, ...build.master };

  log.info('working master made again', { imageId });
  const image = await livingImage(deps.catalog, imageId);
  const remade = await makeMaster(deps, image, { folder, signal: cancellationSignal() });
  if (remade.original.sha256 !== build.sha256) {
    // The bytes changed since they were prepared; the image's next pass prepares the new ones.
    await rm(remade.prepared.master.path, { force: true });
    throw new DarkroomError('OriginalMissing', 'The original was replaced while it was processed.');
  }
  return remade.prepared.master;
}

async function store(
  storage: Storage,
  build: Build,
  tier: Tier,
  files: EncodedFile[],
): Promise<Variant[]> {
  const signal = signalAfter(cancellationSignal(), STORE_ANYWAY_MS);
  return Promise.all(
    files.map(async ({ path, ...file }): Promise<Variant> => {
      const key = variantKey(build.imageKey, tier.widthPx, file.format);
      const contentType = `image/${file.format}`;
      const { sizeBytes, sha256 } = file;
      await storage.write(
        key,
        { from: { path }, sizeBytes, sha256, contentType, cacheControl: FOR_EVER },
        { signal },
      );
      return { ...file, tier: tier.label, key };
    }),
  );
}
