import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { openDarkroom, type Darkroom } from '../../src/client.js';
import { openStack, type Stack } from '../../src/dev/stack.js';
import { cpuSecondsOf } from '../process-usage.js';
import { median, rounded, type Options, type Report } from '../report.js';
import { imageCosts, runCosts, type HistoryCosts } from './history-costs.js';

const WORKER = fileURLToPath(new URL('./noop-worker.ts', import.meta.url));
const SIZES = [200, 1_000, 5_000];
const FULL = 20_000;
/** Histories of images that are looked at; they are all alike. */
const LOOKED_AT = 20;

interface Run {
  size: number;
  imagesPerSecond: number;
  workerCpuMs: number;
  image: HistoryCosts[];
  parents: HistoryCosts[];
}

/** What is left when encoding costs nothing: Temporal, the catalog and the storage. */
export async function benchOrchestration({ full = false, signal }: Options): Promise<Report> {
  const scratch = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  try {
    await using stack = await openStack({
      dataDir: join(scratch, 'stack'),
      ...{ env, worker: false, signal, say: () => undefined },
    });
    const worker = await startWorker(stack);
    try {
      await using darkroom = await openDarkroom(stack.env);
      const connection = await Connection.connect({ address: stack.temporalAddress });
      const client = new Client({ connection });
      const context = { scratch, darkroom, client, worker, signal };
      await oneRun(context, 50, 'warm-up');
      const runs: Run[] = [];
      for (const size of full ? [...SIZES, FULL] : SIZES) {
        runs.push(await oneRun(context, size, `of-${size}`));
        // The smallest again after each, so that a drift of the machine is not taken for growth.
        runs.push(await oneRun(context, SIZES[0] ?? 0, `small-after-${size}`));
        console.error(`${size} images are done`);
      }
      await connection.close();
      return reportOf(runs);
    } finally {
      worker.disconnect();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function startWorker(stack: Stack): Promise<ChildProcess> {
  const child = fork(WORKER, [], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...stack.env },
    execArgv: ['--import', 'tsx'],
  });
  await once(child, 'message');
  return child;
}

interface Context {
  scratch: string;
  darkroom: Darkroom;
  client: Client;
  worker: ChildProcess;
  signal: AbortSignal;
}

async function oneRun(
  { scratch, darkroom, client, worker, signal }: Context,
  size: number,
  ownerId: string,
): Promise<Run> {
  const folder = join(scratch, ownerId);
  await mkdir(folder);
  for (let index = 0; index < size; index += 1) {
    await writeFile(join(folder, `${index}.jpg`), `${ownerId} ${index}`);
  }
  await darkroom.import(folder, { ownerId });
  const pid = worker.pid ?? 0;
  const cpuBefore = cpuSecondsOf(pid);
  const startedAt = performance.now();
  const { runId } = await darkroom.backfill.start({ ownerId, concurrency: 16 });
  for await (const { failed } of darkroom.backfill.watch(runId, { everyMs: 100, signal })) {
    if (failed > 0) throw new Error(`${failed} images failed.`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const images = await darkroom.images({ ownerId, limit: LOOKED_AT });
  return {
    size,
    imagesPerSecond: size / seconds,
    workerCpuMs: ((cpuSecondsOf(pid) - cpuBefore) * 1000) / size,
    image: await Promise.all(images.map(({ id }) => imageCosts(client, id))),
    parents: await runCosts(client, runId),
  };
}

function reportOf(runs: Run[]): Report {
  const smallest = SIZES[0] ?? 0;
  const largest = Math.max(...runs.map(({ size }) => size));
  const rate = (size: number) =>
    median(runs.filter((it) => it.size === size).map((it) => it.imagesPerSecond));
  const perImage = (it: Run, figure: (costs: HistoryCosts) => number) =>
    median(it.image.map(figure)) + it.parents.reduce((sum, of) => sum + figure(of), 0) / it.size;
  const large = runs.find(({ size }) => size === largest);
  if (large === undefined) throw new Error('nothing was run');
  return {
    title: 'orchestration: images whose encodes cost nothing',
    columns: [
      'images',
      'images/s',
      'worker CPU ms',
      'events',
      'actions',
      'workflow tasks',
      'parents',
      'most parent events',
    ],
    rows: runs.map((it) => [
      it.size,
      it.imagesPerSecond.toFixed(1),
      it.workerCpuMs.toFixed(0),
      perImage(it, ({ events }) => events).toFixed(1),
      perImage(it, ({ actions }) => actions).toFixed(2),
      perImage(it, ({ workflowTasks }) => workflowTasks).toFixed(1),
      it.parents.length,
      Math.max(...it.parents.map(({ events }) => events)),
    ]),
    results: {
      flatness: rounded(rate(largest) / rate(smallest)),
      eventsPerImage: rounded(
        perImage(large, ({ events }) => events),
        1,
      ),
      actionsPerImage: rounded(perImage(large, ({ actions }) => actions)),
      workflowTasksPerImage: rounded(
        perImage(large, ({ workflowTasks }) => workflowTasks),
        1,
      ),
      maxParentEvents: Math.max(...runs.flatMap((it) => it.parents.map(({ events }) => events))),
    },
    notes: ["Events, actions and workflow tasks are an image's own and its share of the run's."],
  };
}
