import type { Notifier } from './notify.js';

/** The address of an endpoint whose events are lines in the log of the worker. */
export const LOG_URL = 'log:';

/**
 * Writes every event as one line, for those who have no server that listens; without the prompt of a
 * generation, which no line of a log holds.
 */
export function openEventLog(log: { info(message: string): void }): Notifier {
  return {
    async send({ id, type, at, data }, _to, { signal }) {
      signal.throwIfAborted();
      const { prompt: _prompt, ...said } = data;
      log.info(`event ${JSON.stringify({ id, type, timestamp: at.toISOString(), data: said })}`);
      return { status: 200 };
    },
  };
}
