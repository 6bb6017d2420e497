import { createServer, type AddressInfo } from 'node:net';
import type { TelemetryOptions } from '@temporalio/worker';

/** The numbers of Temporal's native core, which only speaks HTTP: on a port of this machine. */
export interface CoreMetrics {
  readonly telemetry: NonNullable<TelemetryOptions['metrics']>;
  /** Empty while the core does not answer. */
  text(): Promise<string>;
}

export async function openCoreMetrics(): Promise<CoreMetrics> {
  const address = `127.0.0.1:${await freePort()}`;
  return {
    telemetry: {
      prometheus: {
        bindAddress: address,
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
      },
    },
    text: async () => {
      try {
        const answer = await fetch(`http://${address}/metrics`, {
          signal: AbortSignal.timeout(2_000),
        });
        return answer.ok ? await answer.text() : '';
      } catch {
        return '';
      }
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
