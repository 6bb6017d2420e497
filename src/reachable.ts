import { setTimeout as wait } from 'node:timers/promises';
import { DarkroomError, failureOf } from './domain/failures.js';
import { machineFault } from './domain/machine-faults.js';

/** Servers that start together with the worker may take this long to answer. */
const PATIENCE_MS = 60_000;

/** Tries again while a server that it needs is away, or the machine has no room; gives up after a minute, with the last reason. */
export async function reachable<T>(
  open: () => Promise<T>,
  log: { warn(message: string): void },
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await open();
    } catch (error) {
      const failure = error instanceof DarkroomError ? error : machineFault(error);
      const passes = failure !== undefined && failureOf(failure.kind).retry;
      if (!passes || performance.now() + pauseMs > deadline) throw error;
      log.warn(`${failure.message} Trying again.`);
      await wait(pauseMs);
    }
  }
}
