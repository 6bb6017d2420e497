import type { QueueState } from '../client/queues.js';
import { metricsSource, openRegistry, type MetricsSource } from './metrics.js';
import { queueMetrics } from './queue-metrics.js';

/** Of the server's process, and how long the queues are. */
export function serverMetrics(queues: () => Promise<QueueState[]>): MetricsSource {
  const registry = openRegistry();
  queueMetrics(registry, queues);
  return metricsSource(registry);
}
