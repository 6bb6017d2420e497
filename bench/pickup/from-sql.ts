import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { generationWorkflowId } from '../../src/domain/ids.js';
import { startPostgres } from '../../test/support/postgres-server.js';
import { openBenchStack } from '../bench-stack.js';
import { cpuSecondsOf } from '../process-usage.js';
import { percentile } from '../report.js';

/** Rows of each of the two, one after another; the first few warm everything up. */
const ROWS = 100;
const WARM_UP = 10;
const IDLE_MS = 20_000;
const LOOK_MS = 10;

export interface FromSql {
  /** Milliseconds from before the INSERT was sent, half of the rows and all but one in a hundred. */
  bare: Percentiles;
  /** To the workflow being there, its first task with a worker. */
  running: Percentiles;
  /** To its first activity being with a worker. */
  working: Percentiles;
  /** Of one core, that a bridge with nothing to do takes. */
  idlePercent: number;
}

interface Percentiles {
  p50: number;
  p99: number;
}

/**
 * How long an INSERT takes to be a workflow that runs, on real PostgreSQL, in turns with a loop that
 * listens and logs. The worker is one as people run it, its bridge included.
 */
export async function benchFromSql(signal: AbortSignal): Promise<FromSql> {
  await using server = await startPostgres((line) => console.error(line));
  const settings = { DATABASE_URL: server.url, MOCK_GENERATION_MS: '0' };
  await using opened = await openBenchStack({ worker: true }, signal, settings);
  const { env } = opened.stack;
  await using bare = await startBareLoop(server.url);
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS ?? '' });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(BARE_TABLE);
    const bench = { client, bare, temporal: new Client({ connection }), signal };
    const measured = await measure(bench);
    return { ...measured, idlePercent: await idlePercent(env, signal) };
  } finally {
    await client.end();
    await connection.close();
  }
}

/** As such tables are often made: a notification a row, with its id. */
const BARE_TABLE = `
  create table bare_jobs (id uuid primary key default darkroom_uuid(), owner_id text, prompt text);
  create function notify_bare() returns trigger language plpgsql as $$
  begin perform pg_notify('bare_jobs', new.id::text); return new; end $$;
  create trigger notify_bare after insert on bare_jobs for each row execute function notify_bare();`;

interface Bench {
  client: pg.Client;
  bare: BareLoop;
  temporal: Client;
  signal: AbortSignal;
}

async function measure({ client, bare, temporal, signal }: Bench) {
  const times = { bare: [] as number[], running: [] as number[], working: [] as number[] };
  for (let row = -WARM_UP; row < ROWS; row += 1) {
    signal.throwIfAborted();
    const bareRow = await insert(client, 'bare_jobs');
    const bareMs = (await bare.pickedUpAt(bareRow.id)) - bareRow.sentAtMs;
    const ours = await insert(client, 'generation_jobs');
    await processed(client, ours.id, signal);
    const at = await startOf(temporal, ours.id);
    if (row < 0) continue;
    times.bare.push(bareMs);
    times.running.push(at.runningAtMs - ours.sentAtMs);
    times.working.push(at.workingAtMs - ours.sentAtMs);
  }
  const of = (values: number[]) => ({
    p50: percentile(values, 50),
    p99: percentile(values, 99),
  });
  return { bare: of(times.bare), running: of(times.running), working: of(times.working) };
}

/** The smallest picture: what follows its pickup is not measured. */
async function insert(client: pg.Client, table: 'bare_jobs' | 'generation_jobs') {
  const size = table === 'bare_jobs' ? ['', ''] : [', width, height', ', 64, 64'];
  const sentAtMs = performance.timeOrigin + performance.now();
  const { rows } = await client.query<{ id: string }>(
    `insert into ${table} (owner_id, prompt${size[0]}) values ('ann', 'a lighthouse'${size[1]}) returning id`,
  );
  return { id: rows[0]?.id ?? '', sentAtMs };
}

/** The next row is timed alone, not beside what becomes of this one. */
async function processed(client: pg.Client, id: string, signal: AbortSignal): Promise<void> {
  const ended = `select j.status, j.failure_message from generation_jobs j
    left join images i on i.id = j.image_id
    where j.id = $1 and (j.status = 'failed' or i.status in ('completed', 'failed'))`;
  for (;;) {
    const { rows } = await client.query<{ status: string; failure_message: string }>(ended, [id]);
    if (rows[0]?.status === 'failed') throw new Error(rows[0].failure_message);
    if (rows.length > 0) return;
    await wait(LOOK_MS, undefined, { signal });
  }
}

/** By the clock of the Temporal server, which is that of this machine. */
async function startOf(temporal: Client, id: string) {
  const { events } = await temporal.workflow.getHandle(generationWorkflowId(id)).fetchHistory();
  const timeOf = (
    has: 'workflowTaskStartedEventAttributes' | 'activityTaskStartedEventAttributes',
  ) => {
    const at = events?.find((event) => event[has])?.eventTime;
    return Number(at?.seconds) * 1000 + Number(at?.nanos) / 1e6;
  };
  return {
    runningAtMs: timeOf('workflowTaskStartedEventAttributes'),
    workingAtMs: timeOf('activityTaskStartedEventAttributes'),
  };
}

interface BareLoop extends AsyncDisposable {
  /** When it had logged the row, in milliseconds since 1970. */
  pickedUpAt(id: string): Promise<number>;
}

async function startBareLoop(databaseUrl: string): Promise<BareLoop> {
  const child = forked('./bare-listen.ts', { DATABASE_URL: databaseUrl });
  const lines = createInterface(child.stdout as NodeJS.ReadableStream);
  const times = new Map<string, number>();
  lines.on('line', (line) => {
    const [at, id] = line.split(' picked up ');
    if (id !== undefined) times.set(id, Number(at));
  });
  await once(lines, 'line');
  return {
    pickedUpAt: async (id) => {
      for (;;) {
        const at = times.get(id);
        if (at !== undefined) return at;
        await nextLine(lines);
      }
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

function nextLine(lines: Interface): Promise<unknown> {
  return once(lines, 'line', { signal: AbortSignal.timeout(10_000) });
}

/** A bridge alone, while no row comes. */
async function idlePercent(env: Record<string, string>, signal: AbortSignal): Promise<number> {
  const child = forked('../../test/bridge/bridge-program.ts', env);
  try {
    await once(child, 'message');
    // Its start is no idleness.
    await wait(2_000, undefined, { signal });
    const before = cpuSecondsOf(child.pid ?? 0);
    await wait(IDLE_MS, undefined, { signal });
    return ((cpuSecondsOf(child.pid ?? 0) - before) / (IDLE_MS / 1000)) * 100;
  } finally {
    await ended(child);
  }
}

function forked(program: string, env: Record<string, string>): ChildProcess {
  return fork(fileURLToPath(new URL(program, import.meta.url)), [], {
    env: { PATH: process.env.PATH, ...env },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
