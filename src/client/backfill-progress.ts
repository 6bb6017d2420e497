import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import { BACKFILL_WORKFLOW_ID } from '../domain/ids.js';
import type { Progress } from '../domain/progress.js';
import type { Run } from '../domain/runs.js';
import { progressQuery } from '../workflows/messages.js';
import { BACKFILL_DEFAULTS } from '../workflows/policies.js';

export interface WatchOptions {
  everyMs?: number;
  /** Ends the watching, not the run. */
  signal?: AbortSignal;
}

interface ProgressDeps {
  client: Client;
  catalog: Catalog;
}

/** Of the backfill that runs now, if one does. */
export async function activeRunId(client: Client): Promise<string | undefined> {
  const newest = await newestExecution(client);
  return newest?.status === 'RUNNING' ? newest.runId : undefined;
}

/** The run id is that of the first execution, as in the catalog, also after continue-as-new. */
async function newestExecution(client: Client) {
  try {
    const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
    const { status, runId, raw } = await handle.describe();
    return { status: status.name, runId: raw.workflowExecutionInfo?.firstRunId || runId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * The run as the catalog has it. A run that was stopped before it could file its end, as a
 * terminated one is, gets it filed by whoever looks next.
 */
export async function lookUp(
  { client, catalog }: ProgressDeps,
  runId: string,
): Promise<Run | undefined> {
  const run = await catalog.runs.get(runId);
  if (run?.finishedAt !== undefined) return run;
  // While Temporal cannot be asked, nothing says that the run has ended.
  const newest = await newestExecution(client).catch(() => ({ runId, status: 'RUNNING' }));
  if (newest?.runId === runId && newest.status === 'RUNNING') return run;
  // It may have ended by itself between the two looks.
  const again = await catalog.runs.get(runId);
  if (again === undefined) {
    throw new DarkroomError('RunNotFound', `There is no run ${runId}.`);
  }
  if (again.finishedAt !== undefined) return again;
  const { done, failed } = again;
  const cancelled = newest?.runId === runId && newest.status === 'CANCELLED';
  await catalog.runs.close(runId, {
    ...{ done, failed, status: cancelled ? 'cancelled' : 'failed' },
    ...(!cancelled && { failure: STOPPED }),
  });
  return catalog.runs.get(runId);
}

const STOPPED = { kind: 'WorkflowStopped', message: 'It was stopped from outside.' };

/** The run that was named, or the newest. @throws DarkroomError `RunNotFound` */
export async function progressOf(deps: ProgressDeps, runId?: string): Promise<Progress> {
  const found = await findRun(deps.catalog, runId);
  const run = (await lookUp(deps, found.id)) ?? found;
  return (
    (run.finishedAt === undefined ? await liveProgress(deps.client, run) : undefined) ?? filed(run)
  );
}

export async function findRun(catalog: Catalog, runId?: string): Promise<Run> {
  const run = runId === undefined ? (await catalog.runs.list(1))[0] : await catalog.runs.get(runId);
  if (run !== undefined) return run;
  const message =
    runId === undefined ? 'There has been no backfill yet.' : `There is no run ${runId}.`;
  throw new DarkroomError('RunNotFound', message);
}

/**
 * What workflows said last. The catalog is told only at every page, so that without this a run would
 * fall back to where its page began as often as a worker is lost.
 */
const lastSaid = new WeakMap<Client, Progress>();

/** What the workflow answers, or what it answered last while no worker is there to answer for it. */
async function liveProgress(client: Client, run: Run): Promise<Progress | undefined> {
  const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID);
  const asked = client.withDeadline(Date.now() + 3_000, () => handle.query(progressQuery));
  const answer = await asked.catch(() => undefined);
  const progress = answer ?? lastSaid.get(client);
  if (progress?.runId !== run.id) return undefined;
  lastSaid.set(client, progress);
  return { pausedMs: run.pausedMs, ...progress, nowMs: answer?.nowMs ?? Date.now() };
}

/** What the catalog was told last. */
function filed(run: Run): Progress {
  const { id: runId, scope, status, total, done, failed, failure, pausedMs } = run;
  const { concurrency = BACKFILL_DEFAULTS.concurrency } = run;
  return {
    ...{ runId, scope, status, total, done, failed, concurrency, pausedMs },
    ...(failure !== undefined && { because: failure }),
    inFlight: 0,
    startedAtMs: run.startedAt.getTime(),
    nowMs: (run.finishedAt ?? new Date()).getTime(),
  };
}

export async function* watchRun(
  deps: ProgressDeps,
  runId: string,
  { everyMs = 500, signal }: WatchOptions = {},
): AsyncGenerator<Progress, Run> {
  const left = new AbortController();
  const until = AbortSignal.any([left.signal, ...(signal ? [signal] : [])]);
  // Waiting for the end listens anew with every poll, one a minute: that is no leak to warn of.
  setMaxListeners(0, until);
  const ended = endOf(deps.client, runId, until);
  try {
    for (let open = true; ;) {
      const run = await lookUp(deps, runId);
      if (run?.finishedAt !== undefined) {
        yield filed(run);
        return run;
      }
      if (run !== undefined) yield (await liveProgress(deps.client, run)) ?? filed(run);
      const pause = wait(everyMs, true, { signal: until });
      // Whoever is told of the end before does not wait for it any more.
      pause.catch(() => undefined);
      open = await (open ? Promise.race([pause, ended]) : pause);
    }
  } finally {
    left.abort();
  }
}

/** Temporal says at once when the run has closed, so that nobody has to ask often. */
async function endOf(client: Client, runId: string, signal: AbortSignal): Promise<false> {
  const handle = client.workflow.getHandle(BACKFILL_WORKFLOW_ID, runId);
  // However it ended, and if Temporal is away, the next look finds out more.
  await client.withAbortSignal(signal, () => handle.result()).catch(() => undefined);
  return false;
}
