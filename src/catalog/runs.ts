import { and, desc, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { RunCounts } from '../domain/runs.js';
import type { NewRun, RunCatalog, RunEnd, RunFailure } from './catalog.js';
import type { Database } from './postgres.js';
import { FAILURE_COLUMNS } from './failure-columns.js';
import { runOf } from './rows.js';
import { backfillRuns, images, runFailures } from './schema.js';
import { stillFailed } from './still-failed.js';

export function runCatalog(database: Database): RunCatalog {
  return {
    open: (run) => openRun(database, run),
    checkpoint: (runId, counts) => checkpointRun(database, runId, counts),
    mark: (runId, state) => markRun(database, runId, state),
    close: (runId, end) => closeRun(database, runId, end),
    setConcurrency: (runId, concurrency) => setConcurrency(database, runId, concurrency),
    get: (runId) => getRun(database, runId),
    list: (limit, after) => listRuns(database, limit, after),
    failures: (runId, limit) => failuresOf(database, runId, limit),
    stillFailed: (run, page) => stillFailed(database, run, page),
  };
}

async function openRun(database: Database, run: NewRun): Promise<void> {
  const insert = database.insert(backfillRuns).values(run);
  // The workflow files the run too, and knows nothing of who asked for it.
  await (run.startedBy === undefined
    ? insert.onConflictDoNothing()
    : insert.onConflictDoUpdate({
        target: backfillRuns.id,
        set: { startedBy: run.startedBy },
      }));
}

async function checkpointRun(database: Database, runId: string, { done, failed }: RunCounts) {
  await database
    .update(backfillRuns)
    // One that comes late, from a worker that was held up, must not take counts back.
    .set({
      done: sql`greatest(${backfillRuns.done}, ${done})`,
      failed: sql`greatest(${backfillRuns.failed}, ${failed})`,
    })
    .where(and(eq(backfillRuns.id, runId), isNull(backfillRuns.finishedAt)));
}

async function markRun(database: Database, runId: string, state: RunEnd): Promise<void> {
  await database
    .update(backfillRuns)
    .set({
      ...state,
      failure: state.failure ?? null,
      pausedMs: pausedSoFar(),
      pausedAt: state.status === 'paused' ? sql`now()` : null,
    })
    // A word that comes late must not bring an ended run back.
    .where(and(eq(backfillRuns.id, runId), isNull(backfillRuns.finishedAt)));
}

async function closeRun(database: Database, runId: string, end: RunEnd): Promise<void> {
  await database
    .update(backfillRuns)
    .set({
      ...end,
      failure: end.failure ?? null,
      finishedAt: sql`coalesce(${backfillRuns.finishedAt}, now())`,
      pausedMs: pausedSoFar(),
      pausedAt: null,
    })
    .where(eq(backfillRuns.id, runId));
}

async function setConcurrency(database: Database, runId: string, concurrency: number) {
  await database.update(backfillRuns).set({ concurrency }).where(eq(backfillRuns.id, runId));
}

/** The pauses before and the one that lasts, if one does, in milliseconds. */
function pausedSoFar() {
  const { pausedMs, pausedAt } = backfillRuns;
  const pausing = sql`coalesce(extract(epoch from now() - ${pausedAt}) * 1000, 0)`;
  return sql`${pausedMs} + (${pausing})::bigint`;
}

async function getRun(database: Database, runId: string) {
  const [row] = await database.select().from(backfillRuns).where(eq(backfillRuns.id, runId));
  return row === undefined ? undefined : runOf(row);
}

async function listRuns(database: Database, limit: number, after?: string) {
  const rows = await database
    .select()
    .from(backfillRuns)
    .where(after === undefined ? undefined : startedBefore(after))
    // Some databases' clocks count in milliseconds, so two runs may start at one instant.
    .orderBy(desc(backfillRuns.startedAt), desc(backfillRuns.id))
    .limit(limit);
  return rows.map(runOf);
}

function startedBefore(runId: string): SQL {
  return sql`(${backfillRuns.startedAt}, ${backfillRuns.id}) <
    (select it.started_at, it.id from backfill_runs it where it.id = ${runId})`;
}

async function failuresOf(database: Database, runId: string, limit: number): Promise<RunFailure[]> {
  return database
    .select(FAILURE_COLUMNS)
    .from(runFailures)
    .innerJoin(images, eq(images.id, runFailures.imageId))
    .where(eq(runFailures.runId, runId))
    .orderBy(runFailures.at)
    .limit(limit);
}
