import { createHash } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.js';
import type { ProviderRecord } from '../catalog/provider-states.js';
import {
  embeddingEndpoint,
  metadataEndpoint,
  type Endpoint,
  type ProviderSettings,
} from '../config/provider-variables.js';
import { TASK_QUEUES } from '../domain/ids.js';
import type { ProviderSources } from '../domain/image.js';
import type { VectorSpace } from '../domain/search.js';
import { openBuiltinEmbedding } from '../embedding/builtin.js';
import type { EmbeddingProvider } from '../embedding/embedding.js';
import { openEmbedders, type Embedders } from '../embedding/embedders.js';
import { embeddingModel, embeddingSource, openOpenAiEmbedding } from '../embedding/openai.js';
import { openBuiltinMetadata } from '../metadata/builtin.js';
import type { MetadataProvider } from '../metadata/metadata.js';
import { metadataSource, openOpenAiMetadata } from '../metadata/openai.js';
import { openProviderApi, type CallGate } from '../net/provider-api.js';
import { openProviderGate } from './provider-gate.js';

/** Of a provider that is paid, when nobody says how many. */
const USUAL_CALLS_PER_MINUTE = 10;

export interface Providers {
  metadata: MetadataProvider;
  embedding: EmbeddingProvider;
  /** Steps whose provider is not asked at the moment. */
  pausedSteps(): Promise<ProviderStep[]>;
}

type GateCatalog = Pick<Catalog, 'limits' | 'providers'>;

/** The steps that a provider does, and the queues of their calls. */
export type ProviderStep = keyof ProviderSources;

/** Those that the configuration names, each behind its rate limit and the circuit that all share. */
export function openProviders(settings: ProviderSettings, catalog: GateCatalog): Providers {
  return {
    metadata: metadataProvider(settings, catalog),
    embedding: embeddingProvider(settings, catalog),
    pausedSteps: async () => {
      const records = await catalog.providers.list();
      return (['metadata', 'embedding'] as const).filter((step) =>
        records.some((it) => it.step === step && isPaused(it, fingerprintOf(settings, step))),
      );
    },
  };
}

/** For what another key or another model met it is not. */
function isPaused({ open, fingerprint }: ProviderRecord, today: string): boolean {
  return open !== undefined && fingerprint === today;
}

function metadataProvider(settings: ProviderSettings, catalog: GateCatalog): MetadataProvider {
  const { metadataProvider: provider, metadataModel: model } = settings;
  if (provider === 'builtin') {
    const builtin = openBuiltinMetadata();
    const gate = gateOf(settings, catalog, 'metadata');
    return {
      ...builtin,
      describe: (picture, options) => gate.pass(() => builtin.describe(picture, options), options),
    };
  }
  return openOpenAiMetadata({ api: apiOf(settings, catalog, 'metadata'), model });
}

function embeddingProvider(settings: ProviderSettings, catalog: GateCatalog): EmbeddingProvider {
  const { embeddingProvider: provider, embeddingModel: model } = settings;
  if (provider === 'builtin') {
    const builtin = openBuiltinEmbedding();
    const gate = gateOf(settings, catalog, 'embedding');
    return {
      ...builtin,
      embed: (texts, options) => gate.pass(() => builtin.embed(texts, options), options),
    };
  }
  const { embeddingDimensions: dimensions } = settings;
  return openOpenAiEmbedding({ api: apiOf(settings, catalog, 'embedding'), model, dimensions });
}

/** Who embeds queries: also by a model that is being replaced, as long as its endpoint is the same. */
export function openEmbeddersOf(settings: ProviderSettings, catalog: GateCatalog): Embedders {
  const configured = embeddingProvider(settings, catalog);
  const reopen = ({ provider, model: named, dims }: VectorSpace) => {
    if (provider !== 'openai' || settings.embeddingProvider !== 'openai') return undefined;
    const api = apiOf(settings, catalog, 'embedding');
    return openOpenAiEmbedding({ api, ...embeddingModel(named, dims) });
  };
  return openEmbedders({ configured, reopen });
}

function apiOf(settings: ProviderSettings, catalog: GateCatalog, step: ProviderStep) {
  return openProviderApi({
    endpoint: endpointOf(settings, step),
    timeoutMs: settings.providerTimeoutSeconds * 1000,
    gate: gateOf(settings, catalog, step),
  });
}

function gateOf(settings: ProviderSettings, catalog: GateCatalog, step: ProviderStep): CallGate {
  return openProviderGate({
    catalog,
    queue: TASK_QUEUES[step],
    usualRate: usualRate(settings, step),
    probeMs: settings.providerProbeSeconds * 1000,
    ...(providerOf(settings, step) !== 'builtin' && {
      asking: { step, fingerprint: fingerprintOf(settings, step) },
    }),
  });
}

function providerOf(settings: ProviderSettings, step: ProviderStep) {
  return step === 'metadata' ? settings.metadataProvider : settings.embeddingProvider;
}

/** Calls a minute when nobody has set another number; `undefined`: no limit. */
export function usualRate(settings: ProviderSettings, step: ProviderStep): number | undefined {
  const said = step === 'metadata' ? settings.metadataRate : settings.embeddingRate;
  if (said !== undefined || providerOf(settings, step) === 'builtin') return said;
  return USUAL_CALLS_PER_MINUTE;
}

function endpointOf(settings: ProviderSettings, step: ProviderStep): Endpoint {
  return step === 'metadata' ? metadataEndpoint(settings) : embeddingEndpoint(settings);
}

/** Says whether it is still the same key, without saying the key. */
export function fingerprintOf(settings: ProviderSettings, step: ProviderStep): string {
  const { baseUrl, apiKey } = endpointOf(settings, step);
  const model = step === 'metadata' ? settings.metadataModel : settings.embeddingModel;
  const hash = createHash('sha256').update(JSON.stringify([baseUrl, apiKey, model]));
  return hash.digest('hex').slice(0, 16);
}

/** Who does the steps with these settings, without asking anybody. */
export function configuredSources(settings: ProviderSettings): ProviderSources {
  const { metadataModel, embeddingModel: model, embeddingDimensions: dimensions } = settings;
  const builtin = { metadata: openBuiltinMetadata(), embedding: openBuiltinEmbedding() };
  return {
    metadata:
      settings.metadataProvider === 'builtin'
        ? builtin.metadata.source
        : metadataSource(metadataModel),
    embedding:
      settings.embeddingProvider === 'builtin'
        ? builtin.embedding.source
        : embeddingSource({ model, dimensions }),
  };
}
