import { Client, Connection } from '@temporalio/client';
import { openDarkroom } from '../../src/client.js';
import { openBenchStack } from '../bench-stack.js';
import { median, rounded, type Options, type Report } from '../report.js';
import type { HistoryCosts } from './history-costs.js';
import { noopRun, startNoopWorker, type Run } from './noop-run.js';

const SIZES = [200, 1_000, 5_000];
const FULL = 20_000;

/** What is left when encoding costs nothing: Temporal, the catalog and the storage. */
export async function benchOrchestration({ full = false, signal }: Options): Promise<Report> {
  await using opened = await openBenchStack({ worker: false }, signal);
  const { stack, scratch } = opened;
  const worker = await startNoopWorker(stack);
  try {
    await using darkroom = await openDarkroom(stack.env);
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const client = new Client({ connection });
    const context = { scratch, darkroom, client, worker, signal };
    await noopRun(context, 50, 'warm-up');
    const runs: Run[] = [];
    for (const size of full ? [...SIZES, FULL] : SIZES) {
      runs.push(await noopRun(context, size, `of-${size}`));
      // The smallest again after each, so that a drift of the machine is not taken for growth.
      runs.push(await noopRun(context, SIZES[0] ?? 0, `small-after-${size}`));
      console.error(`${size} images are done`);
    }
    await connection.close();
    return reportOf(runs);
  } finally {
    worker.disconnect();
  }
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
