import { NativeConnection, TransportError } from '@temporalio/worker';
import { TUNING } from './config/worker-tuning.js';
import { unreachable } from './open.js';
import {
  temporalConnectionOptions,
  type TemporalConnectionSettings,
} from './open/temporal-connection.js';
import { reachable } from './reachable.js';

/**
 * What a worker's queues share. A server that has gone away since it was asked first is waited for.
 * @throws DarkroomError `TemporalUnavailable` after a minute
 */
export function openWorkerConnection(
  config: TemporalConnectionSettings,
  log: { warn(message: string): void },
): Promise<NativeConnection> {
  return reachable(async () => {
    try {
      return await NativeConnection.connect({
        ...temporalConnectionOptions(config),
        grpcCompression: { codec: TUNING.compression },
      });
    } catch (error) {
      throw error instanceof TransportError ? unreachable(config.temporalAddress, error) : error;
    }
  }, log);
}
