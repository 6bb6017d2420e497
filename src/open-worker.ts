import type { ActivityDeps } from './activities/deps.js';
import { PREDICTION_PACE } from './activities/prediction-pace.js';
import { openScratch } from './activities/scratch.js';
import { ensureAdminEndpoint } from './client/admin-endpoint.js';
import { deliveryWorkWith } from './client/delivery-work.js';
import { generationWorkWith } from './client/generation-work.js';
import { imageWorkWith } from './client/image-work.js';
import type { WorkerConfig } from './config/config.js';
import { configuredRecipe } from './config/recipe-variables.js';
import { spaceOf } from './embedding/embedders.js';
import { openEncoderPool } from './imaging/encoder-pool.js';
import { hashRecipe } from './imaging/recipe-hash.js';
import { hashRules } from './imaging/rules-hash.js';
import { openNotifier } from './notify/open-notifier.js';
import { imageLimits, openPorts, openTemporal } from './open.js';
import { openGenerationProviders } from './open/generation.js';
import { openProviders } from './open/providers.js';
import { removeLeftUploads } from './storage/keep-original.js';
import { openStorage } from './storage/open-storage.js';

/** Everything that activities work with, opened in order and closed in reverse. */
export async function openActivityDeps(
  config: WorkerConfig,
  log?: { info(message: string): void; warn(message: string): void },
): Promise<ActivityDeps & AsyncDisposable> {
  // First what only the machine has to give: whoever tries again has opened nothing yet.
  await removeLeftUploads();
  const scratch = await openScratch(config.scratchDir);
  const ports = openPorts(config);
  const client = await ports.catalog
    .ping()
    .then(() => ensureAdminEndpoint(ports.catalog, config))
    .then(() => openTemporal(config))
    .catch(async (error: unknown) => {
      await ports[Symbol.asyncDispose]();
      throw error;
    });
  // A worker's configuration names the store; the client's may not.
  const originals = ports.originals ?? openStorage(config.originalStorage);
  const encoders = openEncoderPool({
    encoders: config.encoders,
    maxMegapixelsInFlight: config.maxMegapixelsInFlight,
    maxMemoryMb: config.encoderMemoryMb,
    ...(log && { log }),
  });
  const recipe = configuredRecipe(config);
  const recipeHash = hashRecipe(recipe);
  const limits = imageLimits(config);
  return {
    ...ports,
    originals,
    outside: { allowPrivate: config.allowPrivateUrls, openS3: ports.buckets.open },
    ...openProviders(config, ports.catalog),
    generation: openGenerationProviders(config, { encoders, scratch, catalog: ports.catalog }),
    predictionPace: PREDICTION_PACE,
    encoders,
    scratch,
    recipe,
    recipeHash,
    rulesHash: hashRules(recipeHash, { ...limits, encoderMemoryMb: config.encoderMemoryMb }),
    limits,
    secret: config.secret,
    images: imageWorkWith(client),
    generations: generationWorkWith(client),
    notifier: openNotifier({
      allowPrivate: config.allowPrivateUrls,
      log: log ?? { info: () => undefined },
    }),
    deliveries: deliveryWorkWith(client, { windowSeconds: config.failureWindowSeconds }),
    [Symbol.asyncDispose]: async () => {
      await encoders[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await ports[Symbol.asyncDispose]();
    },
  };
}

/**
 * Makes the index for the vectors of the configured model, so that it grows with them, beside the
 * work: when that fails, the sweep makes it.
 */
export async function prepareVectorIndex(
  { catalog, embedding }: ActivityDeps,
  log: { warn(message: string): void },
): Promise<void> {
  await catalog.search.ensureIndex(spaceOf(embedding)).catch((error: unknown) => {
    log.warn(`the index of ${embedding.source.model} was not made: ${String(error)}`);
  });
}

/** Starting the process and trying every format takes half a second; a machine that is busy has time. */
const SELF_TEST_TIMEOUT_MS = 60_000;

/** What came before has holes in libheif and libvips that strangers' files can use (SECURITY.md). */
const OLDEST_SHARP = '0.35.4';

/**
 * An encoder process tries every format; what cannot be read or written is only told.
 * @throws Error when it reads what it must not, or with a sharp of known holes: strangers' files would reach a loader
 * that is unsafe
 */
export async function requireSafeLoaders(
  { encoders, scratch }: Pick<ActivityDeps, 'encoders' | 'scratch'>,
  log: { warn(message: string): void },
): Promise<void> {
  await using folder = await scratch.folder();
  const { failures, unsafe, sharp } = await encoders.run(
    'selfTest',
    { folder: folder.path('.') },
    { timeoutMs: SELF_TEST_TIMEOUT_MS },
  );
  for (const failure of failures) log.warn(`Encoders: ${failure}`);
  if (isOlder(sharp, OLDEST_SHARP)) {
    throw new Error(
      `This worker starts no work: its sharp is ${sharp}, and what came before ${OLDEST_SHARP} has known holes. ` +
        'Install the packages again (npm ci).',
    );
  }
  if (unsafe.length === 0) return;
  throw new Error(
    `This worker starts no work: its encoders read ${unsafe.join(', ')}, whose loaders are unsafe ` +
      'for files of strangers. Install the packages again (npm ci), so that sharp has its own libvips.',
  );
}

/** Of versions as npm writes them; one that nobody can read counts as older. */
function isOlder(version: string, oldest: string): boolean {
  if (!/^\d+\.\d+\.\d+/.test(version)) return true;
  return version.localeCompare(oldest, 'en', { numeric: true }) < 0;
}
