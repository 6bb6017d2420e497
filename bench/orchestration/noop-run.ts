import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Darkroom } from '../../src/client.js';
import type { Stack } from '../../src/dev/stack.js';
import type { WorkerTuning } from '../../src/config/worker-tuning.js';
import { cpuSecondsOf } from '../process-usage.js';
import { imageCosts, runCosts, type HistoryCosts } from './history-costs.js';

const WORKER = fileURLToPath(new URL('./noop-worker.ts', import.meta.url));
/** Histories of images that are looked at; they are all alike. */
const LOOKED_AT = 20;

export interface Run {
  size: number;
  imagesPerSecond: number;
  workerCpuMs: number;
  image: HistoryCosts[];
  parents: HistoryCosts[];
}

export async function startNoopWorker(
  stack: Stack,
  tuning: Partial<WorkerTuning> = {},
): Promise<ChildProcess> {
  const child = fork(WORKER, [], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...stack.env,
      BENCH_TUNING: JSON.stringify(tuning),
    },
    execArgv: ['--import', 'tsx'],
  });
  await once(child, 'message');
  return child;
}

export interface Context {
  scratch: string;
  darkroom: Darkroom;
  client: Client;
  worker: ChildProcess;
  signal: AbortSignal;
}

/** Imports so many images and makes them ready, as a run that encodes nothing. */
export async function noopRun(
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
  for await (const { failed } of darkroom.backfill.watch(runId, { everyMs: 1000, signal })) {
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
