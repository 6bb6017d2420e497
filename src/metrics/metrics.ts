import { collectDefaultMetrics, Registry } from 'prom-client';

/** What `/metrics` answers with. */
export interface MetricsSource {
  readonly contentType: string;
  /** In Prometheus' text format; takes at most a few seconds, whatever is away. */
  text(): Promise<string>;
}

/**
 * Where a process keeps its numbers; it has those of Node already: CPU, memory, garbage collection
 * and the event loop's delay (`nodejs_eventloop_lag_p50_seconds`, `..._p99_seconds`).
 */
export function openRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** @param more other text in the same format, such as that of Temporal's native core */
export function metricsSource(
  registry: Registry,
  more?: { text(): Promise<string> },
): MetricsSource {
  return {
    contentType: registry.contentType,
    text: async () => (await Promise.all([registry.metrics(), more?.text() ?? ''])).join(''),
  };
}
