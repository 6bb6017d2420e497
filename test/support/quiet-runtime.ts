import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** Temporal's runtime of this process, which says nothing but errors. @returns its logger */
export function installQuietRuntime(): DefaultLogger {
  const logger = new DefaultLogger('ERROR', () => undefined);
  const filter = makeTelemetryFilterString({ core: 'ERROR' });
  Runtime.install({ logger, telemetryOptions: { logging: { filter } } });
  return logger;
}
