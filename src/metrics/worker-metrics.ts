import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { providers as providersOf } from '../client/providers.js';
import { queueStates, type QueueSource } from '../client/queues.js';
import { scratchQueue } from '../domain/ids.js';
import type { EncoderPool } from '../imaging/encoder-pool.js';
import { encoderMetrics } from './encoder-metrics.js';
import { metricsSource, openRegistry, type MetricsSource } from './metrics.js';
import { providerMetrics } from './provider-metrics.js';
import { queueMetrics } from './queue-metrics.js';
import { stepMetrics } from './step-metrics.js';

export interface Measured {
  temporal: QueueSource;
  encoders: Pick<EncoderPool, 'stats'>;
  scratch: { id: string };
  /** Catalog and settings of the providers; absent: nothing is said of them. */
  providers?: Parameters<typeof providersOf>;
  /** What Temporal's native core says of itself. */
  core?: { text(): Promise<string> };
}

export interface WorkerMetrics extends MetricsSource {
  /** Goes around the failure boundary of every activity. */
  readonly activity: ActivityInterceptorsFactory;
}

export function workerMetrics({
  temporal,
  encoders,
  scratch,
  core,
  providers,
}: Measured): WorkerMetrics {
  const registry = openRegistry();
  const own = scratchQueue(scratch.id);
  encoderMetrics(registry, encoders);
  if (providers !== undefined) {
    const { list } = providersOf(...providers);
    providerMetrics(registry, list);
  }
  queueMetrics(
    registry,
    () => queueStates(temporal, { own: [own] }),
    (queue) => (queue === own ? 'darkroom-scratch' : queue),
  );
  return { ...metricsSource(registry, core), activity: stepMetrics(registry) };
}
