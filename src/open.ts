import { Client, Connection } from '@temporalio/client';
import type { Catalog } from './catalog/catalog.js';
import { openCatalog } from './catalog/postgres.js';
import type { Config } from './config/config.js';
import { configuredRecipe, type RecipeSettings } from './config/recipe-variables.js';
import type { ProviderSettings } from './config/provider-variables.js';
import { DarkroomError } from './domain/failures.js';
import type { ProviderSources } from './domain/image.js';
import type { ImageLimits } from './imaging/encoder-jobs.js';
import { askingWorkflows } from './open/ask-temporal.js';
import { configuredSources } from './open/providers.js';
import {
  isRefusal,
  temporalConnectionOptions,
  type TemporalConnectionSettings,
} from './open/temporal-connection.js';
import { dataConverterFor } from './payloads/data-converter.js';
import { openBuckets, type Buckets } from './storage/buckets.js';
import { openStorage, type OpenedStorage } from './storage/open-storage.js';
import type { Tracing } from './tracing/tracing.js';

/** What client and worker both need. */
export interface Ports extends AsyncDisposable {
  catalog: Catalog;
  originals: OpenedStorage | undefined;
  variants: OpenedStorage | undefined;
  /** Of others, in which originals may be. */
  buckets: Buckets;
}

export function openPorts(config: Config): Ports {
  const catalog = openCatalog(config.databaseUrl);
  const originals = config.originalStorage && openStorage(config.originalStorage);
  const variants = config.variantStorage && openStorage(config.variantStorage);
  const buckets = openBuckets(config.originalStorage);
  return {
    ...{ catalog, originals, variants, buckets },
    [Symbol.asyncDispose]: async () => {
      await buckets[Symbol.asyncDispose]();
      await originals?.[Symbol.asyncDispose]();
      await variants?.[Symbol.asyncDispose]();
      await catalog[Symbol.asyncDispose]();
    },
  };
}

/**
 * Hashes of today's recipe and of today's rules for originals, and who describes and embeds, as a
 * worker with the same settings has them. Loads the encoders for their versions, so only who needs it asks.
 */
export async function currentHashes(
  config: RecipeSettings &
    ProviderSettings &
    Pick<Config, 'maxMegapixels' | 'maxFileMb' | 'encoderMemoryMb'>,
): Promise<{ recipe: string; rules: string; sources: ProviderSources }> {
  const { hashRecipe } = await import('./imaging/recipe-hash.js');
  const { hashRules } = await import('./imaging/rules-hash.js');
  const recipe = hashRecipe(configuredRecipe(config));
  const rules = hashRules(recipe, {
    ...imageLimits(config),
    encoderMemoryMb: config.encoderMemoryMb,
  });
  return { recipe, rules, sources: configuredSources(config) };
}

export function imageLimits({
  maxMegapixels,
  maxFileMb,
}: Pick<Config, 'maxMegapixels' | 'maxFileMb'>): ImageLimits {
  return { maxMegapixels, maxFileBytes: maxFileMb * 1_000_000 };
}

/**
 * @throws DarkroomError `TemporalUnavailable` when no server answers in time, `TemporalRefused` when it
 *   does not let us in
 */
export async function openTemporal(
  config: TemporalConnectionSettings & Partial<Pick<Config, 'otlpEndpoint'>>,
  { connectTimeoutMs = 10_000 } = {},
): Promise<Client & AsyncDisposable> {
  const { temporalAddress: address, temporalNamespace: namespace } = config;
  const connection = await Connection.connect({
    ...temporalConnectionOptions(config),
    connectTimeout: connectTimeoutMs,
  }).catch((cause: unknown) => {
    throw unreachable(address, cause);
  });
  const tracing = await openTracing(config.otlpEndpoint);
  const workflow = [...(tracing ? [tracing.client] : []), askingWorkflows()];
  const dataConverter = dataConverterFor(config.payloadKeys ?? []);
  const client = new Client({ connection, namespace, dataConverter, interceptors: { workflow } });
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await tracing?.[Symbol.asyncDispose]();
    },
  });
}

/** What a connection that failed is called. */
export function unreachable(address: string, cause: unknown): DarkroomError {
  const reason = cause instanceof Error ? cause.cause : undefined;
  return isRefusal(reason)
    ? new DarkroomError(
        'TemporalRefused',
        `The Temporal server at ${address} refuses this caller: look at TEMPORAL_API_KEY and TEMPORAL_NAMESPACE.`,
        { cause },
      )
    : new DarkroomError('TemporalUnavailable', `No Temporal server answers at ${address}.`, {
        cause,
      });
}

/** Loaded only when it is wanted: it would cost every start 100 ms. */
export async function openTracing(endpoint: string | undefined): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const tracing = await import('./tracing/tracing.js');
  return tracing.openTracing(endpoint);
}
