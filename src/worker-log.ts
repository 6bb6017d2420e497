import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';

/** One JSON object a line on standard output, for the SDK's core and our own activities alike. */
export function installWorkerLog(level: string): void {
  const logger = new DefaultLogger(level.toUpperCase() as LogLevel, (entry) => {
    const { message, timestampNanos, meta } = entry;
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const line = { time, level: entry.level.toLowerCase(), message, ...meta };
    process.stdout.write(`${JSON.stringify(line, plainErrors)}\n`);
  });
  Runtime.install({ logger, shutdownSignals: ['SIGINT', 'SIGTERM'] });
}

/** An Error has no enumerable fields, so JSON would show it as {}. */
function plainErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
