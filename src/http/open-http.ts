import { openCatalog } from '../catalog/postgres.js';
import { openDarkroom } from '../client.js';
import { loadConfig, type Config } from '../config/config.js';
import { serverMetrics } from '../metrics/server-metrics.js';
import type { HttpDeps, HttpSettings } from './http-deps.js';

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
    metrics: serverMetrics(
      () => darkroom.queues(),
      () => darkroom.providers.list(),
      () => darkroom.generationCounts(),
    ),
    ...(config.metricsToken !== undefined && { metricsToken: config.metricsToken }),
    temporalNamespace: config.temporalNamespace,
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
