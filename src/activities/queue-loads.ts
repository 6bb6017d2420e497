import { hostname } from 'node:os';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Catalog } from '../catalog/catalog.js';
import { CancelledFailure } from '@temporalio/common';
import type { Ended, QueueLoad } from '../domain/queue-load.js';

/** How soon a change is told, and how often what goes on is told again. */
const BEAT_MS = { change: 500, goesOn: 5_000 };
const WAITS_KEPT_MS = 60_000;

interface Load {
  running: number;
  /** What the catalog has not been told yet. */
  ended: Ended;
  waits: { atMs: number; waitMs: number }[];
}

/**
 * Counts what this process holds of each queue, and tells the catalog while it holds something. A
 * catalog that is away misses a beat; the work does not wait for it.
 * @param slots of each queue
 */
export function queueLoads(
  catalog: Pick<Catalog, 'beats' | 'queueHistory'>,
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
    await tellEnded(catalog, loads);
    if (all.some(([, { running }]) => running > 0)) tellWithin(BEAT_MS.goesOn);
  };

  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const load = loads.get(info.taskQueue) ?? newLoad();
        loads.set(info.taskQueue, load);
        load.running += 1;
        const atMs = Date.now();
        const waitMs = Math.max(0, atMs - info.currentAttemptScheduledTimestampMs);
        load.waits.push({ atMs, waitMs });
        tellWithin(BEAT_MS.change);
        try {
          const result = await next(input);
          load.ended.completed += 1;
          return result;
        } catch (error) {
          if (!(error instanceof CancelledFailure)) load.ended.failed += 1;
          throw error;
        } finally {
          load.running -= 1;
          tellWithin(BEAT_MS.change);
        }
      },
    },
  });
}

function newLoad(): Load {
  return { running: 0, ended: nothing(), waits: [] };
}

function nothing(): Ended {
  return { completed: 0, failed: 0 };
}

/** What a catalog that is away was not told is told with the next beat. */
async function tellEnded(
  { queueHistory }: Pick<Catalog, 'queueHistory'>,
  loads: Map<string, Load>,
): Promise<void> {
  const told: Record<string, Ended> = {};
  for (const [queue, load] of loads) {
    const { completed, failed } = load.ended;
    if (completed + failed === 0) continue;
    told[queue] = load.ended;
    load.ended = nothing();
  }
  await queueHistory.add(told).catch(() => {
    for (const [queue, { completed, failed }] of Object.entries(told)) {
      const { ended } = loads.get(queue) ?? newLoad();
      ended.completed += completed;
      ended.failed += failed;
    }
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
