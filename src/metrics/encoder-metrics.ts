import { Counter, Gauge, type Registry } from 'prom-client';
import type { EncoderPool } from '../imaging/encoder-pool.js';

/** What the encoder processes of this worker do. */
export function encoderMetrics(registry: Registry, pool: Pick<EncoderPool, 'stats'>): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  gauge('darkroom_encoders', 'Encoder processes that this worker may have.', () => {
    return pool.stats().encoders;
  });
  gauge('darkroom_encoders_busy', 'Encoder processes that work right now.', () => {
    return pool.stats().busy;
  });
  gauge('darkroom_encoder_jobs_waiting', 'Jobs that wait for an encoder process.', () => {
    return pool.stats().waiting;
  });
  new Counter({
    name: 'darkroom_encoder_restarts_total',
    help: 'Encoder processes that died by themselves and were replaced.',
    registers,
    collect() {
      this.reset();
      this.inc(pool.stats().lost);
    },
  });
}
