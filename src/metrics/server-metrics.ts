import type { ProviderState } from '../client/providers.js';
import { metricsSource, openRegistry, type MetricsSource } from './metrics.js';
import { providerMetrics } from './provider-metrics.js';
import { queueMetrics, type QueueLength } from './queue-metrics.js';

/** Of the server's process, how long the queues are, and whether providers are asked. */
export function serverMetrics(
  queues: () => Promise<QueueLength[]>,
  providers: () => Promise<ProviderState[]> = async () => [],
): MetricsSource {
  const registry = openRegistry();
  queueMetrics(registry, queues);
  providerMetrics(registry, providers);
  return metricsSource(registry);
}
