import { Gauge, type Registry } from 'prom-client';
import type { ProviderState } from '../client/providers.js';

/** Whether providers are asked at all; without an answer of the database there are no values. */
export function providerMetrics(registry: Registry, read: () => Promise<ProviderState[]>): void {
  new Gauge({
    name: 'darkroom_provider_circuit_open',
    help: '1 while a provider is not asked, because it refused again and again.',
    labelNames: ['provider', 'step'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { provider, step, paused } of await read().catch(() => [])) {
        this.set({ provider, step }, paused === undefined ? 0 : 1);
      }
    },
  });
}
