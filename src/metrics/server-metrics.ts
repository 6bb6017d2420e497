import type { ProviderState } from '../client/providers.js';
import { generationMetrics, type GenerationsCounted } from './generation-metrics.js';
import { metricsSource, openRegistry, type MetricsSource } from './metrics.js';
import { providerMetrics } from './provider-metrics.js';
import { queueMetrics, type QueueLength } from './queue-metrics.js';

/**
 * Of the server's process, how long the queues are, whether providers are asked, and how many
 * generations there are.
 */
export function serverMetrics(
  queues: () => Promise<QueueLength[]>,
  providers: () => Promise<ProviderState[]> = async () => [],
  generations?: () => Promise<GenerationsCounted>,
): MetricsSource {
  const registry = openRegistry();
  queueMetrics(registry, queues);
  providerMetrics(registry, providers);
  if (generations !== undefined) generationMetrics(registry, generations);
  return metricsSource(registry);
}
