import { Runtime, type TelemetryOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLog } from './temporal-log.js';

/** Temporal's SDK in this process: where it logs, which signals end its workers, and its numbers. */
export function installRuntime(log: Logger, metrics?: TelemetryOptions['metrics']): void {
  Runtime.install({
    logger: temporalLog(log),
    telemetryOptions: {
      // Of the native core what an operator can act on; what it is made of only in an emergency.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metrics && { metrics }),
    },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
}
