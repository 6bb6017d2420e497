import { once } from 'node:events';
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { openDarkroom } from '../../src/client.js';
import { compiled } from '../../src/dev/compiled.js';
import { openBenchStack, type BenchStack } from '../bench-stack.js';
import { photosFrom } from '../photos.js';
import { rounded, type Options, type Report } from '../report.js';
import { firstTierMs, underLoad } from './first-tier.js';

/** Of all workers together: as many as there are cores, however many processes share them. */
const ENCODERS = 2;

interface Measured {
  workers: number;
  idleMs: number;
  loadMs: number;
}

/** How long an upload waits for its first tier: when nothing else is to be done, and behind a backfill. */
export async function benchPickup({ photos, signal }: Options): Promise<Report> {
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
  return reportOf(measured, painted);
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

function reportOf(measured: Measured[], painted: boolean): Report {
  const ratio = ({ idleMs, loadMs }: Measured) => loadMs / idleMs;
  return {
    title: 'pickup: from an upload to its first tier',
    columns: ['workers', 'ms when idle', 'ms behind a backfill', 'ratio'],
    rows: measured.map((it) => [
      it.workers,
      it.idleMs.toFixed(0),
      it.loadMs.toFixed(0),
      ratio(it).toFixed(2),
    ]),
    results: {
      firstTierUnderLoadVsIdle: rounded(Math.max(...measured.map(ratio))),
      ...Object.fromEntries(
        measured.map((it) => [`firstTierWith${it.workers}Workers`, rounded(ratio(it))]),
      ),
    },
    notes: painted ? ['Painted photographs: their speed says nothing about real ones.'] : [],
  };
}
