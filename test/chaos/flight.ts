import type { Client } from '@temporalio/client';
import type { GivenUp, Notice } from './evidence.js';

/** An activity that a worker works on, or did. */
export interface Held {
  workflowId: string;
  activityId: string;
  name: string;
  attempt: number;
  /** `pid@host` */
  worker: string;
  heartbeatTimeoutMs: number;
}

/** Of Temporal's protocol. */
const PENDING_ACTIVITY_STATE_STARTED = 2;

const LOOK_MS = 200;
/** A server that is killed while it answers would otherwise be waited for until it is back. */
const ANSWER_MS = 2_000;
/** Work is lost by then, whatever the time-outs are. */
const GIVE_UP_MS = 90_000;

type Pending = NonNullable<
  Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>['pendingActivities']
>[number];

/** Activities of images and generations that somebody works on now. */
export async function inFlight(client: Client): Promise<Held[]> {
  const query =
    '(WorkflowType="processImage" OR WorkflowType="generateImage") AND ExecutionStatus="Running"';
  const open: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) open.push(workflowId);
  const found = await Promise.all(open.map((id) => heldOf(client, id)));
  return found.flat();
}

/** Images and generations whose work has ended with a failure, also when somebody made it good. */
export async function givenUp(client: Client): Promise<GivenUp[]> {
  const query =
    '(WorkflowType="processImage" OR WorkflowType="generateImage") AND ExecutionStatus="Failed"';
  const found: GivenUp[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const id = workflowId.slice(workflowId.indexOf(':') + 1);
    found.push({ id, why: await failureOf(client, workflowId, runId) });
  }
  return found;
}

async function failureOf(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
    return 'it has no failure';
  } catch (error) {
    let innermost = error as Error;
    while (innermost.cause instanceof Error) innermost = innermost.cause;
    return innermost.message;
  }
}

/** Those of one worker that would be missed within their heartbeat time-out. */
export async function heldBy(client: Client, pid: number): Promise<Held[]> {
  const all = await inFlight(client);
  return all.filter((it) => it.worker.startsWith(`${pid}@`) && it.heartbeatTimeoutMs > 0);
}

async function heldOf(client: Client, workflowId: string): Promise<Held[]> {
  return (await pendingOf(client, workflowId)).filter(isStarted).map((pending) => ({
    workflowId,
    activityId: pending.activityId ?? '',
    name: pending.activityType?.name ?? '',
    attempt: pending.attempt ?? 1,
    worker: pending.lastWorkerIdentity ?? '',
    heartbeatTimeoutMs: millis(pending.activityOptions?.heartbeatTimeout),
  }));
}

async function pendingOf(client: Client, workflowId: string): Promise<Pending[]> {
  const { raw } = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => ({ raw: { pendingActivities: [] as Pending[] } }));
  return raw.pendingActivities ?? [];
}

function isStarted({ state }: Pending): boolean {
  return Number(state) === PENDING_ACTIVITY_STATE_STARTED;
}

/**
 * Waits until Temporal has given up each of the activities that the worker held when it went.
 * @returns those that were really left alone: what had ended just before is none of them. When more
 *   than one attempt has passed between two looks, the notice counts from the look before.
 */
export async function watchNotices(
  client: Client,
  held: Held[],
  { fault, goneAtMs }: { fault: string; goneAtMs: number },
): Promise<Omit<Notice, 'serverAwayMs'>[]> {
  const watched = await Promise.all(held.map((it) => noticed(client, it, goneAtMs)));
  return watched.flatMap((noticedAtMs, index) => {
    const it = held[index];
    if (it === undefined || noticedAtMs === 'ended') return [];
    const { heartbeatTimeoutMs } = it;
    const activity = `${it.name} of ${it.workflowId}, attempt ${it.attempt}`;
    return [{ fault, activity, goneAtMs, heartbeatTimeoutMs, ...(noticedAtMs && { noticedAtMs }) }];
  });
}

async function noticed(
  client: Client,
  { workflowId, activityId, attempt }: Held,
  goneAtMs: number,
): Promise<number | 'ended' | undefined> {
  let aloneAtMs = goneAtMs;
  while (Date.now() - goneAtMs < GIVE_UP_MS) {
    const askedAtMs = Date.now();
    const answered = await describe(client, workflowId);
    if (answered !== undefined) {
      const now = answered.find((it) => it.activityId === activityId);
      if (now === undefined) return 'ended';
      const further = (now.attempt ?? 1) - attempt;
      if (further === 1) return millisAt(now.lastAttemptCompleteTime) ?? Date.now();
      // The time that Temporal tells is that of a later attempt's end, which a fault cut short too.
      if (further > 1) return aloneAtMs;
      aloneAtMs = askedAtMs;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

/** `undefined` while the server is away. */
async function describe(client: Client, workflowId: string): Promise<Pending[] | undefined> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    const { raw } = await client.withDeadline(Date.now() + ANSWER_MS, () => handle.describe());
    return raw.pendingActivities ?? [];
  } catch {
    return undefined;
  }
}

interface Stamp {
  seconds?: { toNumber(): number } | number | null;
  nanos?: number | null;
}

function millis(stamp: Stamp | null | undefined): number {
  const { seconds, nanos } = stamp ?? {};
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}

function millisAt(stamp: Stamp | null | undefined): number | undefined {
  return stamp == null ? undefined : millis(stamp);
}
