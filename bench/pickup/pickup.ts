import { once } from 'node:events';
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { openDarkroom } from '../../src/client.js';
import { compiled } from '../../src/dev/compiled.js';
import { openBenchStack, type BenchStack } from '../bench-stack.js';
import { photosFrom } from '../photos.js';
import { rounded, type Options, type Report } from '../report.js';
import { firstTierMs, underLoad } from './first-tier.js';
import { benchFromSql, type FromSql } from './from-sql.js';

/** Of all workers together: as many as there are cores, however many processes share them. */
const ENCODERS = 2;

interface Measured {
  workers: number;
  idleMs: number;
  loadMs: number;
}

/**
 * How long an INSERT takes to be a workflow, beside a loop that only listens; and how long an upload
 * waits for its first tier, when nothing else is to be done and behind a backfill.
 */
export async function benchPickup({ photos, signal }: Options): Promise<Report> {
  const fromSql = await benchFromSql(signal);
  console.error('rows inserted by SQL are done');
  const measured: Measured[] = [];
  let painted = false;
  for (const workers of [1, 2]) {
    const settings = { ENCODERS: `${ENCODERS / workers}` };
    await using opened = await openBenchStack({ worker: true }, signal, settings);
    const found = await photosFrom(photos, opened.scratch);
    painted = found.painted;
    const second = workers === 2 ? await startSecondWorker(opened) : undefined;
    try {
      measured.push({ workers, ...(await measure(opened, found.files, signal)) });
    } finally {
      second?.kill('SIGTERM');
      if (second !== undefined) await once(second, 'exit');
    }
    console.error(`${workers} of 2 workers are done`);
  }
  return reportOf(fromSql, measured, painted);
}

async function measure({ stack, scratch }: BenchStack, files: string[], signal: AbortSignal) {
  await using darkroom = await openDarkroom(stack.env);
  await firstTierMs(darkroom, files, signal);
  const idleMs = await firstTierMs(darkroom, files, signal);
  const load = { darkroom, folder: scratch, files, slots: ENCODERS };
  const loadMs = await underLoad(load, () => firstTierMs(darkroom, files, signal));
  return { idleMs, loadMs };
}

/** On the same machine, with a scratch folder of its own as on another one. */
async function startSecondWorker({ stack, scratch }: BenchStack): Promise<ChildProcess> {
  const env = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME },
    ...stack.env,
    SCRATCH_DIR: join(scratch, 'second'),
  };
  const child = fork(compiled('worker.js'), [], { env, execArgv: [], stdio: 'ignore' });
  await once(child, 'message');
  return child;
}

function reportOf(fromSql: FromSql, measured: Measured[], painted: boolean): Report {
  const { bare, running, working, idlePercent } = fromSql;
  const ratio = ({ idleMs, loadMs }: Measured) => loadMs / idleMs;
  const row = (what: string, comparedMs: number, ms: number) => [
    what,
    comparedMs.toFixed(1),
    ms.toFixed(1),
    (ms / comparedMs).toFixed(2),
  ];
  return {
    title: 'pickup: how soon work that comes in is begun',
    columns: ['', 'compared with, ms', 'ms', 'ratio'],
    rows: [
      row('INSERT to workflow running beside a bare LISTEN, p50', bare.p50, running.p50),
      row('INSERT to workflow running beside a bare LISTEN, p99', bare.p99, running.p99),
      row('INSERT to first activity beside a bare LISTEN, p50', bare.p50, working.p50),
      ...measured.map((it) =>
        row(
          `upload to first tier behind a backfill beside idle, workers: ${it.workers}`,
          it.idleMs,
          it.loadMs,
        ),
      ),
    ],
    results: {
      pickupVsListen: rounded(running.p50 / bare.p50),
      pickupVsListenP99: rounded(running.p99 / bare.p99),
      pickupMs: rounded(running.p50),
      bridgeIdleCpuPercent: rounded(idlePercent),
      firstTierUnderLoadVsIdle: rounded(Math.max(...measured.map(ratio))),
      ...Object.fromEntries(
        measured.map((it) => [`firstTierWith${it.workers}Workers`, rounded(ratio(it))]),
      ),
    },
    notes: painted ? ['Painted photographs: their speed says nothing about real ones.'] : [],
  };
}
