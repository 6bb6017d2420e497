import { hostname } from 'node:os';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Catalog } from '../catalog/catalog.js';
import type { QueueLoad } from '../domain/queue-load.js';

/** How soon a change is told, and how often what goes on is told again. */
const BEAT_MS = { change: 500, goesOn: 5_000 };
const WAITS_KEPT_MS = 60_000;

interface Load {
  running: number;
  waits: { atMs: number; waitMs: number }[];
}

/**
 * Counts what this process holds of each queue, and tells the catalog while it holds something. A
 * catalog that is away misses a beat; the work does not wait for it.
 * @param slots of each queue
 */
export function queueLoads(
  catalog: Pick<Catalog, 'beats'>,
  slots: Record<string, number>,
): ActivityInterceptorsFactory {
  const identity = `${process.pid}@${hostname()}`;
  const loads = new Map<string, Load>();
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Infinity;

  const tellWithin = (afterMs: number) => {
    const atMs = Date.now() + afterMs;
    if (atMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(() => void tell(), afterMs).unref();
  };
  const tell = async () => {
    dueMs = Infinity;
    const all = [...loads].map(
      ([queue, load]) => [queue, toldOf(load, slots[queue] ?? 0)] as const,
    );
    await catalog.beats.beat(identity, Object.fromEntries(all)).catch(() => undefined);
    if (all.some(([, { running }]) => running > 0)) tellWithin(BEAT_MS.goesOn);
  };

  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const load = loads.get(info.taskQueue) ?? { running: 0, waits: [] };
        loads.set(info.taskQueue, load);
        load.running += 1;
        const atMs = Date.now();
        const waitMs = Math.max(0, atMs - info.currentAttemptScheduledTimestampMs);
        load.waits.push({ atMs, waitMs });
        tellWithin(BEAT_MS.change);
        try {
          return await next(input);
        } finally {
          load.running -= 1;
          tellWithin(BEAT_MS.change);
        }
      },
    },
  });
}

function toldOf(load: Load, slots: number): QueueLoad {
  load.waits = load.waits.filter(({ atMs }) => Date.now() - atMs < WAITS_KEPT_MS).slice(-500);
  const waits = load.waits.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
  const median = waits[Math.floor(waits.length / 2)];
  return {
    running: load.running,
    slots,
    ...(median !== undefined && { scheduleToStartMs: median }),
  };
}
