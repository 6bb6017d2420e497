import { setTimeout as wait } from 'node:timers/promises';
import { DarkroomError, failureOf } from './domain/failures.js';

/** Servers that start together with the worker may take this long to answer. */
const PATIENCE_MS = 60_000;

/** Tries again while a server that it needs is away; gives up after a minute, with the last reason. */
export async function reachable<T>(
  open: () => Promise<T>,
  log: { warn(message: string): void },
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await open();
    } catch (error) {
      const outage = error instanceof DarkroomError && failureOf(error.kind).retry;
      if (!outage || Date.now() + pauseMs > deadline) throw error;
      log.warn(`${error.message} Trying again.`);
      await wait(pauseMs);
    }
  }
}
