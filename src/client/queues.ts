import type { ConnectionLike } from '@temporalio/client';
import proto from '@temporalio/proto';
import { TASK_QUEUES } from '../domain/ids.js';
import { asked } from '../open/ask-temporal.js';

/** How busy a task queue is, as the Temporal server sees it. */
export interface QueueState {
  queue: string;
  /** A queue of workflows and one of activities may have the same name. */
  takes: 'workflows' | 'activities';
  /** Approximately; what workers hold already does not count. */
  waiting: number;
  /** How long the oldest has waited. */
  oldestMs: number;
  /** Worker processes (each polls every queue) that have asked for work within the last 75 s. */
  pollers: number;
  /** Who they are, and when they last asked. */
  seen: { identity: string; at: Date }[];
}

export interface QueueSource {
  connection: Pick<ConnectionLike, 'workflowService' | 'withDeadline'>;
  namespace: string;
}

/** A poll that nobody answers lasts a minute, so a worker that lives asks again within that. */
const POLLER_LIVES_MS = 75_000;

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } =
  proto.temporal.api.enums.v1.TaskQueueType;

type Described = Pick<QueueState, 'queue' | 'takes'>;

/** The queues that every worker serves. */
const QUEUES: readonly Described[] = [
  { queue: TASK_QUEUES.main, takes: 'workflows' },
  ...Object.values(TASK_QUEUES).map((queue) => ({ queue, takes: 'activities' as const })),
];

/**
 * @param own queues of the caller besides those that every worker serves
 * @throws when the server does not answer within the time
 */
export async function queueStates(
  source: QueueSource,
  { own = [], timeoutMs = 2_000 }: { own?: string[]; timeoutMs?: number } = {},
): Promise<QueueState[]> {
  const all = [...QUEUES, ...own.map((queue) => ({ queue, takes: 'activities' as const }))];
  return asked(() =>
    source.connection.withDeadline(Date.now() + timeoutMs, () =>
      Promise.all(all.map((queue) => describe(source, queue))),
    ),
  );
}

async function describe(
  { connection, namespace }: QueueSource,
  { queue, takes }: Described,
): Promise<QueueState> {
  const { stats, pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: takes === 'workflows' ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
    reportStats: true,
  });
  const oldest = stats?.approximateBacklogAge;
  const alive = pollers.filter(isAlive);
  return {
    queue,
    takes,
    waiting: Number(stats?.approximateBacklogCount ?? 0),
    oldestMs: Number(oldest?.seconds ?? 0) * 1000 + Math.round((oldest?.nanos ?? 0) / 1e6),
    pollers: alive.length,
    seen: alive.map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      at: new Date(Number(lastAccessTime?.seconds ?? 0) * 1000),
    })),
  };
}

function isAlive({ lastAccessTime }: proto.temporal.api.taskqueue.v1.IPollerInfo): boolean {
  return Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < POLLER_LIVES_MS;
}
