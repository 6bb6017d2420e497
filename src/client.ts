import { basename } from 'node:path';
import type { Client } from '@temporalio/client';
import { backfills, type Backfills } from './client/backfills.js';
import { generations, ownedGenerations } from './client/generations.js';
import type { Generations, OwnedGenerations } from './client/generations.js';
import type { Reach } from './catalog/catalog.js';
import { healthOf, type Health } from './client/health.js';
import { importFrom } from './client/import-from.js';
import type { ImportResult } from './client/import-batches.js';
import { imagesOf, type Images } from './client/images-of.js';
import { counted, type Library } from './client/library.js';
import { querySpaces } from './client/search/query-space.js';
import { limits, type Limits } from './client/limits.js';
import { providers, type Providers } from './client/providers.js';
import { queueViews, type QueueView } from './client/queue-views.js';
import { startImage } from './client/start-image.js';
import { runFsck } from './client/fsck.js';
import { runSweep } from './client/sweep.js';
import { tokens, type Tokens } from './client/tokens.js';
import type { Upkeep } from './client/upkeep.js';
import { webhooks, type Webhooks } from './client/webhooks.js';
import { loadConfig, type Config } from './config/config.js';
import { configuredRecipe } from './config/recipe-variables.js';
import { DarkroomError } from './domain/failures.js';
import type { Recipe } from './domain/recipe.js';
import { currentHashes, openPorts, openTemporal, type Ports } from './open.js';
import { openEmbeddersOf } from './open/providers.js';
import { storeOriginal, type NewOriginal } from './storage/store-original.js';

export type { BackfillOptions, Backfills, RetryOptions } from './client/backfills.js';
export type { BackfillPreview } from './client/backfill-preview.js';
export type { DependencyHealth, Health } from './client/health.js';
export type { FailureGroup } from './client/failure-groups.js';
export type { Generations, OwnedGenerations } from './client/generations.js';
export type { GenerationView } from './client/generation-view.js';
export type { GenerationRequest } from './domain/generation-request.js';
export type { ImageView } from './client/image-view.js';
export type { InFlight } from './client/in-flight.js';
export type { ImportResult } from './client/import-batches.js';
export type { Images } from './client/images-of.js';
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
export type { StorageModule } from './storage/module.js';
export type { NewOriginal as Upload } from './storage/store-original.js';
export type { Upkeep } from './client/upkeep.js';
export type { DeliveryQuery, NewWebhook, Webhooks } from './client/webhooks.js';
export type { FsckFinding, FsckReport } from './domain/fsck.js';
export type { SweepReport } from './domain/sweep.js';
export { DarkroomError, FAILURES, type FailureKind } from './domain/failures.js';

/** What may be done for one owner, and of whose there is nothing else. */
export interface Owned extends Images, OwnedGenerations {}

/** Everything that an application does with Darkroom. */
export interface Darkroom extends Images, Library, Upkeep, Generations, AsyncDisposable {
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
   * The images and generations of one owner alone: the database shows no others. For whoever acts for an owner, as the
   * HTTP API does for its token. `upload` does so by itself, and so does whatever is asked of an owner.
   * @throws DarkroomError `InvalidInput` for an owner without a name
   */
  as(ownerId: string): Owned;

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

  const spaceForQueries = querySpaces({ catalog, embedders: openEmbeddersOf(config, catalog) });
  const deps = {
    ...{ client, originals: ports.originals, maxBytes, spaceForQueries },
    variantBaseUrl: config.variantBaseUrl,
    minLikeness: config.searchMinLikenessPercent / 100,
  };
  const reach: Reach = (ownerId) => (ownerId === undefined ? catalog : catalog.as(ownerId));
  const all = imagesOf(deps, reach);

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
    ...all,
    ...counted(catalog, ports.variants),
    as: (ownerId) => {
      const own = catalog.as(ownerId);
      const asked = { client, catalog, reach: () => own, defaultOwner: ownerId };
      return { ...imagesOf(deps, () => own), ...ownedGenerations(asked) };
    },
    ...generations({ client, catalog, reach, defaultOwner: config.owner }),
    sweep: (options = {}) => runSweep(client, options),
    fsck: (options = {}) => runFsck(client, options),
    recipe: configuredRecipe(config),
    tokens: tokens(catalog),
    webhooks: webhooks({ client, catalog, allowPrivate: config.allowPrivateUrls }),
    backfill: backfills({
      client,
      catalog,
      variantsConfigured: ports.variants !== undefined,
      today: () => currentHashes(config),
      viewsOf: all.viewsOf,
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
