import { cancellationSignal } from '@temporalio/activity';
import type { ActivityDeps } from './deps.js';

/** A sweep looks after so many at most; the next one after those that were left alone longest. */
const LOOKED_AFTER_AT_MOST = 1_000;

/**
 * Starts the generations that are open and that nobody works on: their start was lost, or their
 * workflow was terminated. Each goes on where it stood. Safe to repeat: what is under way is not
 * started again.
 */
export const startGenerations =
  ({ catalog, generations }: ActivityDeps) =>
  async (): Promise<{ started: number }> => {
    const signal = cancellationSignal();
    let started = 0;
    for (const generation of await catalog.generations.untouched(LOOKED_AFTER_AT_MOST)) {
      signal.throwIfAborted();
      // First, so that one that cannot be started does not come first again and hold up all others.
      await catalog.generations.touch([generation.id]);
      if (await generations.start(generation)) started += 1;
    }
    return { started };
  };
