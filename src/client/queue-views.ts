import type { Catalog } from '../catalog/catalog.js';
import { NOTHING_LATELY } from '../catalog/queue-history.js';
import type { QueueHistory } from '../domain/queue-load.js';
import type { Limits } from './limits.js';
import { queueStates, type QueueSource, type QueueState } from './queues.js';

/** A queue as an operator looks at it: what Temporal knows, what workers say, what may be called. */
export interface QueueView extends Omit<QueueState, 'seen'> {
  /** Tasks that workers hold right now. */
  running: number;
  /** How long tasks lately waited for a worker, at the median of the slowest worker. */
  scheduleToStartMs?: number;
  /** Tries that ended within the hour; absent for workflows, whose tasks nobody counts. */
  lastHour?: QueueHistory;
  /** Calls to the provider a minute; absent: no limit. */
  ratePerMinute?: number;
  /** Whether its rate can be set: it has a provider behind it. */
  limited: boolean;
  workers: QueueWorker[];
}

export interface QueueWorker {
  /** Process and host. */
  identity: string;
  /** When it last asked for work or said what it does. */
  lastSeen: Date;
  running: number;
}

export async function queueViews(
  source: QueueSource,
  catalog: Pick<Catalog, 'beats' | 'queueHistory'>,
  limits: Limits,
): Promise<QueueView[]> {
  const [states, beats, histories, limited] = await Promise.all([
    queueStates(source),
    catalog.beats.recent(),
    catalog.queueHistory.lastHour(),
    limits.list(),
  ]);
  return states.map(({ seen, ...state }) => {
    const { queue } = state;
    const activities = state.takes === 'activities';
    const said = activities ? beats.filter(({ queues }) => queue in queues) : [];
    const workers = seen.map(({ identity, at }) => {
      const beat = said.find((it) => it.identity === identity);
      const lastSeen = beat !== undefined && beat.seenAt > at ? beat.seenAt : at;
      return { identity, lastSeen, running: beat?.queues[queue]?.running ?? 0 };
    });
    const waits = said.flatMap(({ queues }) => queues[queue]?.scheduleToStartMs ?? []);
    const limit = activities ? limited.find((it) => it.queue === queue) : undefined;
    return {
      ...state,
      running: workers.reduce((sum, { running }) => sum + running, 0),
      ...(waits.length > 0 && { scheduleToStartMs: Math.max(...waits) }),
      ...(activities && { lastHour: histories.get(queue) ?? NOTHING_LATELY }),
      ...(limit?.ratePerMinute !== undefined && { ratePerMinute: limit.ratePerMinute }),
      ...{ limited: limit !== undefined, workers },
    };
  });
}
