import { Gauge, type Registry } from 'prom-client';
import type { QueueState } from '../client/queues.js';
import { fresh } from './fresh.js';

export type QueueLength = Omit<QueueState, 'seen'>;

/** Of several gauges that one scrape reads, and of scrapers that come at once. */
const FRESH_MS = 1_000;

/**
 * How long the queues are, asked when somebody looks; without an answer of Temporal there are no
 * values rather than old ones.
 * @param nameOf what a queue is called; those of single workers share one name
 */
export function queueMetrics(
  registry: Registry,
  read: () => Promise<QueueLength[]>,
  nameOf: (queue: string) => string = (queue) => queue,
): void {
  const states = fresh(read, FRESH_MS, []);
  const gauge = (name: string, help: string, value: (state: QueueLength) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ['queue', 'takes'], registers: [registry] },
      async collect() {
        this.reset();
        for (const state of await states()) {
          this.set({ queue: nameOf(state.queue), takes: state.takes }, value(state));
        }
      },
    });
  gauge('darkroom_queue_waiting', 'Tasks that wait for a worker, about.', ({ waiting }) => waiting);
  gauge('darkroom_queue_oldest_seconds', 'How long the oldest of them has waited.', (state) => {
    return state.oldestMs / 1000;
  });
  gauge('darkroom_queue_pollers', 'Workers that asked for tasks lately.', (state) => {
    return state.pollers;
  });
}
