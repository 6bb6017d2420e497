import { once } from 'node:events';
import { Client, Connection } from '@temporalio/client';
import { openDarkroom } from '../../src/client.js';
import type { Stack } from '../../src/dev/stack.js';
import type { WorkerTuning } from '../../src/config/worker-tuning.js';
import { openBenchStack } from '../bench-stack.js';
import { median, rounded, type Options, type Report } from '../report.js';
import { noopRun, startNoopWorker, type Run } from './noop-run.js';

/** One setting of src/config/worker-tuning.ts changed at a time. */
const CONTENDERS: Record<string, Partial<WorkerTuning>> = {
  asItIs: {},
  gzip: { compression: 'gzip' },
  fewPollers: { workflowPollers: 2, activityPollers: 1 },
  manyPollers: { workflowPollers: 40, activityPollers: 20 },
  smallCache: { cachedWorkflows: 10 },
  noEager: { eagerActivities: 0 },
};
const ROUNDS = 2;
const IMAGES = 150;
const WARM_UP = 20;

/** What each setting of a worker is worth, in a worker that encodes nothing: CPU time and images a second. */
export async function benchSettings({ signal }: Options): Promise<Report> {
  await using opened = await openBenchStack({ worker: false }, signal);
  const { stack, scratch } = opened;
  const runs = new Map<string, Run[]>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [name, tuning] of Object.entries(CONTENDERS)) {
      const run = await measure({ stack, scratch, tuning, signal, label: `${name}-${round}` });
      runs.set(name, [...(runs.get(name) ?? []), run]);
      console.error(`round ${round} of ${ROUNDS}: ${name} is done`);
    }
  }
  return reportOf(runs);
}

interface Contender {
  stack: Stack;
  scratch: string;
  tuning: Partial<WorkerTuning>;
  signal: AbortSignal;
  label: string;
}

async function measure({ stack, scratch, tuning, signal, label }: Contender): Promise<Run> {
  const worker = await startNoopWorker(stack, tuning);
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    await using darkroom = await openDarkroom(stack.env);
    const context = { scratch, darkroom, client: new Client({ connection }), worker, signal };
    await noopRun(context, WARM_UP, `warm-up-${label}`);
    return await noopRun(context, IMAGES, label);
  } finally {
    await connection.close();
    worker.disconnect();
    await once(worker, 'exit');
  }
}

function reportOf(runs: Map<string, Run[]>): Report {
  const of = (name: string, figure: (run: Run) => number) =>
    median((runs.get(name) ?? []).map(figure));
  const cpu = (name: string) => of(name, ({ workerCpuMs }) => workerCpuMs);
  const rate = (name: string) => of(name, ({ imagesPerSecond }) => imagesPerSecond);
  const others = [...runs.keys()].filter((name) => name !== 'asItIs');
  return {
    title: `settings: ${IMAGES} images whose encodes cost nothing, medians of ${ROUNDS} rounds`,
    columns: ['setting', 'worker CPU ms an image', 'images/s'],
    rows: [...runs.keys()].map((name) => [name, cpu(name).toFixed(0), rate(name).toFixed(1)]),
    results: Object.fromEntries(
      others.flatMap((name) => [
        [`${name}Cpu`, rounded(cpu(name) / cpu('asItIs'))],
        [`${name}Rate`, rounded(rate(name) / rate('asItIs'))],
      ]),
    ),
  };
}
