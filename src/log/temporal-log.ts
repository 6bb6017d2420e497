import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';

/** What Temporal's SDK says, its native core, its workflows and our activities, in our log. */
export function temporalLog(log: Logger): DefaultLogger {
  return new DefaultLogger(log.level.toUpperCase() as LogLevel, (entry) => {
    const time = new Date(Number(entry.timestampNanos / 1_000_000n)).toISOString();
    // Where the same thing has two names, ours goes first.
    const { workflowRunId, ...meta } = entry.meta ?? {};
    const runId: unknown = workflowRunId;
    log[LEVELS[entry.level]](
      { time, ...meta, ...(runId !== undefined && { runId }) },
      entry.message,
    );
  });
}

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;
