import { CancelledFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import { describe, expect, it, vi } from 'vitest';
import { queueLoads } from '../../src/activities/queue-loads.js';
import type { Ended } from '../../src/domain/queue-load.js';

/** A catalog that is away as often as it is told to be. */
function forgetfulCatalog(awayTimes: number) {
  let away = awayTimes;
  const told: Record<string, Ended>[] = [];
  return {
    told,
    beats: { beat: async () => undefined, recent: async () => [] },
    queueHistory: {
      add: async (ended: Record<string, Ended>) => {
        if (away-- > 0) throw new Error('away');
        told.push(ended);
      },
      lastHour: async () => new Map(),
    },
  };
}

describe('what a worker says of its queues', () => {
  it('counts what ended, tells it once, and keeps what a catalog that is away was not told', async () => {
    const catalog = forgetfulCatalog(1);
    const loads = queueLoads(catalog, { queue: 5 });
    const info = { taskQueue: 'queue', currentAttemptScheduledTimestampMs: Date.now() };
    const run = (result: Promise<unknown>) => {
      const { inbound } = loads({ info } as Context);
      return inbound?.execute?.({ args: [], headers: {} }, () => result);
    };
    await run(Promise.resolve(1));
    await expect(run(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(run(Promise.reject(new CancelledFailure('enough')))).rejects.toThrow('enough');
    await vi.waitUntil(() => catalog.told.length === 0, { timeout: 100 });
    // Another try, so that there is another beat after the one that met no catalog.
    const told = () => catalog.told.flatMap((ended) => Object.values(ended));
    const sum = (of: keyof Ended) => told().reduce((total, ended) => total + ended[of], 0);
    await vi.waitUntil(
      async () => {
        await run(Promise.resolve(2));
        return sum('failed') === 1;
      },
      { timeout: 5_000, interval: 200 },
    );
    const before = sum('completed');
    await run(Promise.resolve(3));
    await vi.waitUntil(() => sum('completed') > before, { timeout: 5_000 });
    expect(sum('failed')).toBe(1);
  });
});
