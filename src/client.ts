import { basename } from 'node:path';
import type { Client } from '@temporalio/client';
import { backfills, type Backfills } from './client/backfills.js';
import { generations, type Generations } from './client/generations.js';
import { healthOf, type Health } from './client/health.js';
import { importFrom } from './client/import-from.js';
import type { ImportResult } from './client/import-batches.js';
import { library, type Library } from './client/library.js';
import { search, type Search } from './client/search/search.js';
import { limits, type Limits } from './client/limits.js';
import { providers, type Providers } from './client/providers.js';
import { queueViews, type QueueView } from './client/queue-views.js';
import { ended, startImage } from './client/start-image.js';
import { storyOf, type Story } from './client/story.js';
import { tokens, type Tokens } from './client/tokens.js';
import { upkeep, type Upkeep } from './client/upkeep.js';
import { webhooks, type Webhooks } from './client/webhooks.js';
import { loadConfig, type Config } from './config/config.js';
import { configuredRecipe } from './config/recipe-variables.js';
import { DarkroomError } from './domain/failures.js';
import type { Image } from './domain/image.js';
import type { ProcessRequest } from './domain/process-request.js';
import type { Recipe } from './domain/recipe.js';
import { currentHashes, openPorts, openTemporal, type Ports } from './open.js';
import { openEmbeddersOf } from './open/providers.js';
import { storeOriginal, type NewOriginal } from './storage/store-original.js';

export type { BackfillOptions, Backfills, RetryOptions } from './client/backfills.js';
export type { BackfillPreview } from './client/backfill-preview.js';
export type { DependencyHealth, Health } from './client/health.js';
export type { FailureGroup } from './client/failure-groups.js';
export type { Generations } from './client/generations.js';
export type { GenerationView } from './client/generation-view.js';
export type { GenerationRequest } from './domain/generation-request.js';
export type { ImageView } from './client/image-view.js';
export type { InFlight } from './client/in-flight.js';
export type { ImportResult } from './client/import-batches.js';
export type { Library } from './client/library.js';
export type { Limits, QueueLimit } from './client/limits.js';
export type { Providers, ProviderState, ProviderTest } from './client/providers.js';
export type { QueueView, QueueWorker } from './client/queue-views.js';
export type { Replacement } from './client/replace-original.js';
export type { StoredFile } from './client/stored-files.js';
export type { Search, SearchHit, SearchQuery, SearchResult } from './client/search/search.js';
export type { NothingFound, Why } from './domain/search.js';
export type { Story, StoryAttempt } from './client/story.js';
export type { Tokens } from './client/tokens.js';
export type { NewOriginal as Upload } from './storage/store-original.js';
export type { Upkeep } from './client/upkeep.js';
export type { DeliveryQuery, NewWebhook, Webhooks } from './client/webhooks.js';
export type { FsckFinding, FsckReport } from './domain/fsck.js';
export type { SweepReport } from './domain/sweep.js';
export { DarkroomError, FAILURES, type FailureKind } from './domain/failures.js';

/** Everything that an application does with Darkroom. */
export interface Darkroom extends Library, Search, Upkeep, Generations, AsyncDisposable {
  /**
   * Stores the bytes, registers the image and starts to process it ahead of any backfill. Resolves
   * as soon as that is durable, long before the image is ready. The same bytes from the same owner
   * are the same image; one that was deleted lives again.
   * @throws DarkroomError `FileTooLarge`, `ImageEmpty`, or an outage; then nothing was registered,
   *   or the image is there and the sweep starts it.
   */
  upload(upload: NewOriginal): Promise<{ id: string; created: boolean }>;

  /**
   * Registers every image of a folder, of `s3://bucket/prefix`, or of a .csv or .txt file of
   * addresses, without fetching or processing it; repeating adds only what is new, and leaves
   * deleted what somebody deleted on purpose.
   * @throws DarkroomError `InvalidInput` for a source that cannot be one
   */
  import(
    source: string,
    options?: { ownerId?: string; onProgress?: (found: number) => void },
  ): Promise<ImportResult>;

  /**
   * Starts an image, or hands the request to the work that is under way; with `wait` resolves when
   * it has ended.
   * @throws DarkroomError `ImageNotFound`; with `wait` also of the kind that the image failed with
   */
  process(imageId: string, request?: ProcessRequest & { wait?: boolean }): Promise<void>;

  /**
   * Every try of every step of the newest work on the image, from Temporal; the last state of each
   * step from the catalog when Temporal has forgotten it or is away. `undefined` when there is no
   * such image or it was deleted.
   */
  story(imageId: string): Promise<Story | undefined>;

  /** What this process takes images to be made into; workers have settings of their own. */
  readonly recipe: Recipe;
  readonly backfill: Backfills;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;

  /** Whether Temporal, database, storage and workers are there. Within about 2 s; never rejects. */
  health(): Promise<Health>;

  /** How much waits in every task queue and runs, for how long, and which workers serve it. */
  queues(): Promise<QueueView[]>;

  /** How often the providers may be called: changed while everything runs. */
  readonly limits: Limits;

  /** Who describes and embeds, how it goes, and whether they answer. */
  readonly providers: Providers;
}

/**
 * Opens the client with the variables of docs/configuration.md.
 * @throws ConfigError with every problem of the environment, DarkroomError `TemporalUnavailable`.
 */
export async function openDarkroom(
  env: Record<string, string | undefined> = process.env,
): Promise<Darkroom> {
  return openWith(loadConfig(env));
}

async function openWith(config: Config): Promise<Darkroom> {
  const client = await openTemporal(config);
  const ports = openPorts(config);
  const { catalog } = ports;
  const maxBytes = config.maxFileMb * 1_000_000;

  const living = async (imageId: string): Promise<Image> => {
    const image = await catalog.images.get(imageId);
    if (image !== undefined && image.deletedAt === undefined) return image;
    throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
  };

  const shown = shownAndFound(config, ports);

  return {
    upload: async (upload) => {
      const { originals } = ports;
      if (originals === undefined) {
        throw new DarkroomError('StorageNotConfigured', 'ORIGINAL_STORAGE is not set.');
      }
      const stored = await storeOriginal({ catalog, originals }, upload, maxBytes);
      const { ownerId, fileName } = upload;
      await startImage(client, { id: stored.id, ownerId, fileName: basename(fileName) });
      return stored;
    },
    import: (source, { ownerId = config.owner, ...options } = {}) =>
      importFrom(catalog, source, {
        ownerId,
        allowPrivate: config.allowPrivateUrls,
        openS3: ports.buckets.open,
        ...options,
      }),
    process: async (imageId, { wait = false, ...request } = {}) => {
      const image = await living(imageId);
      const handle = await startImage(client, image, request);
      if (wait) await ended(handle);
    },
    ...shown,
    story: (imageId) => storyOf({ client, catalog }, imageId),
    ...upkeep({ client, catalog, originals: ports.originals, maxBytes }),
    ...generations({ client, catalog, defaultOwner: config.owner }),
    recipe: configuredRecipe(config),
    tokens: tokens(catalog),
    webhooks: webhooks({ client, catalog, allowPrivate: config.allowPrivateUrls }),
    backfill: backfills({
      client,
      catalog,
      variantsConfigured: ports.variants !== undefined,
      today: () => currentHashes(config),
      viewsOf: shown.viewsOf,
    }),
    ...operating(client, ports, config),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await ports[Symbol.asyncDispose]();
    },
  };
}

/** What an operator looks at and turns. */
function operating(
  client: Client,
  { catalog, originals, variants }: Ports,
  config: Config,
): Pick<Darkroom, 'health' | 'queues' | 'limits' | 'providers'> {
  const { connection, options } = client;
  const limited = limits(catalog, config);
  const asked = providers(catalog, config);
  return {
    health: healthOf({ client, catalog, originals, variants, providers: asked }),
    queues: () => queueViews({ connection, namespace: options.namespace }, catalog, limited),
    limits: limited,
    providers: asked,
  };
}

function shownAndFound(config: Config, ports: Ports): Library & Search {
  const shown = library(ports, config.variantBaseUrl);
  const { catalog } = ports;
  const minLikeness = config.searchMinLikenessPercent / 100;
  const embedders = openEmbeddersOf(config, catalog);
  return { ...shown, ...search({ catalog, embedders, viewsOf: shown.viewsOf, minLikeness }) };
}
