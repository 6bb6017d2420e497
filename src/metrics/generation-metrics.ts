import { Gauge, type Registry } from 'prom-client';
import { GENERATION_STATUSES, type GenerationStatus } from '../domain/generation.js';
import { fresh } from './fresh.js';

/** They are counted over all rows, and a scraper comes every fifteen seconds or so. */
const FRESH_MS = 5_000;

export interface GenerationsCounted {
  byStatus: Record<GenerationStatus, number>;
  oldestPendingMs: number;
}

/** How many generations there are; without an answer of the database there are no values. */
export function generationMetrics(
  registry: Registry,
  read: () => Promise<GenerationsCounted>,
): void {
  const counted = fresh<GenerationsCounted | undefined>(read, FRESH_MS, undefined);
  const oldest = new Gauge({
    name: 'darkroom_generations_oldest_pending_seconds',
    help: 'How long the oldest generation that waits has waited.',
    registers: [registry],
  });
  new Gauge({
    name: 'darkroom_generations',
    help: 'Generations that there are, by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      oldest.reset();
      const counts = await counted();
      if (counts === undefined) return;
      for (const status of GENERATION_STATUSES) this.set({ status }, counts.byStatus[status]);
      oldest.set(counts.oldestPendingMs / 1000);
    },
  });
}
