import { openCatalog } from '../catalog/postgres.js';
import { openDarkroom } from '../client.js';
import { loadConfig, type Config } from '../config/config.js';
import { serverMetrics } from '../metrics/server-metrics.js';
import { openPayloadCodec } from '../payloads/payload-codec.js';
import { FilesInFlight, type SendingLimits } from './files-in-flight.js';
import type { HttpDeps, HttpSettings } from './http-deps.js';

const SENDING: Omit<SendingLimits, 'atOnce'> = {
  /** Shorter than what a browser waits for a picture. */
  waitMs: 10_000,
  graceMs: 30_000,
  bytesPerMs: 20,
};

/** What `buildApp` needs, opened with the variables of docs/configuration.md. */
export async function openHttp(
  env: Record<string, string | undefined>,
): Promise<HttpDeps & AsyncDisposable> {
  const config = loadConfig(env);
  const darkroom = await openDarkroom(env);
  const catalog = openCatalog(config.databaseUrl, { connections: 2 });
  return {
    darkroom,
    idempotency: catalog.idempotency,
    settings: settingsOf(config),
    inFlight: new FilesInFlight({ ...SENDING, atOnce: config.filesAtOnce }),
    metrics: serverMetrics(
      () => darkroom.queues(),
      () => darkroom.providers.list(),
      () => darkroom.generationCounts(),
    ),
    ...(config.metricsToken !== undefined && { metricsToken: config.metricsToken }),
    temporalNamespace: config.temporalNamespace,
    ...(config.payloadKeys.length > 0 && { payloadCodec: openPayloadCodec(config.payloadKeys) }),
    ...(config.temporalUi && { temporalUi: config.temporalUi }),
    [Symbol.asyncDispose]: async () => {
      await catalog[Symbol.asyncDispose]();
      await darkroom[Symbol.asyncDispose]();
    },
  };
}

function settingsOf(config: Config): HttpSettings {
  const { publicUrl, variantBaseUrl, requestsPerMinute, trustProxy } = config;
  const { replicateWebhookSecret } = config;
  return {
    ...(publicUrl && { publicUrl }),
    ...(URL.canParse(variantBaseUrl) && { variantOrigin: new URL(variantBaseUrl).origin }),
    defaultOwner: config.owner,
    generation: { provider: config.generationProvider, model: config.generationModel },
    maxFileBytes: config.maxFileMb * 1_000_000,
    bodyIdleMs: config.bodyIdleSeconds * 1000,
    requestsPerMinute,
    trustProxy,
    ...(replicateWebhookSecret !== undefined && { replicateWebhookSecret }),
  };
}
