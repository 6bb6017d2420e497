import type { ActivityDeps } from './activities/deps.js';
import { openScratch } from './activities/scratch.js';
import { imageWorkWith } from './client/image-work.js';
import type { WorkerConfig } from './config/config.js';
import { configuredRecipe } from './config/recipe-variables.js';
import { openEncoderPool } from './imaging/encoder-pool.js';
import { hashRecipe } from './imaging/recipe-hash.js';
import { hashRules } from './imaging/rules-hash.js';
import { imageLimits, openPorts, openTemporal } from './open.js';
import { openProviders } from './open/providers.js';
import { openStorage } from './storage/open-storage.js';

/** Everything that activities work with, opened in order and closed in reverse. */
export async function openActivityDeps(
  config: WorkerConfig,
  log?: { warn(message: string): void },
): Promise<ActivityDeps & AsyncDisposable> {
  const ports = openPorts(config);
  const client = await ports.catalog
    .ping()
    .then(() => openTemporal(config))
    .catch(async (error: unknown) => {
      await ports[Symbol.asyncDispose]();
      throw error;
    });
  // A worker's configuration names the store; the client's may not.
  const originals = ports.originals ?? openStorage(config.originalStorage);
  const scratch = await openScratch(config.scratchDir);
  const encoders = openEncoderPool({
    encoders: config.encoders,
    maxMegapixelsInFlight: config.maxMegapixelsInFlight,
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
    encoders,
    scratch,
    recipe,
    recipeHash,
    rulesHash: hashRules(recipeHash, limits),
    limits,
    secret: config.secret,
    images: imageWorkWith(client),
    [Symbol.asyncDispose]: async () => {
      await encoders[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await ports[Symbol.asyncDispose]();
    },
  };
}
