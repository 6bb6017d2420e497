import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDarkroom } from '../../src/client.js';
import { freePort } from '../../src/dev/ports.js';
import { openStack } from '../../src/dev/stack.js';
import { cpuSecondsOf, watchMemory } from '../process-usage.js';
import type { Cost } from './contender.js';

export interface PipelineCost extends Cost {
  /** Originals that were read from storage; one an image when nothing is done twice. */
  reads: number;
  /** Of Temporal, the database and this program, which watches the run. */
  besideCpuSeconds: number;
  /** Of the worker's event loop: late by no more than this in 99 of 100 turns. */
  eventLoopP99Ms: number;
}

export interface Pipeline extends AsyncDisposable {
  /** Makes every image of the folder ready, as images that it has never seen. */
  run(folder: string): Promise<PipelineCost>;
}

/** The embedded stack as the demo runs it: Temporal, database, worker and encoders, all on this machine. */
export async function openPipeline(dataDir: string, signal: AbortSignal): Promise<Pipeline> {
  const say = () => undefined;
  const metricsPort = await freePort();
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, METRICS_PORT: `${metricsPort}` };
  const stack = await openStack({ dataDir, env, worker: true, say, signal });
  const darkroom = await openDarkroom(stack.env);
  const workerPid = stack.worker?.pid ?? 0;
  let rounds = 0;

  return {
    run: async (folder) => {
      // Keys belong to their owner, so another owner's images are encoded afresh.
      const ownerId = `round-${(rounds += 1)}`;
      const before = await darkroom.stats();
      await darkroom.import(folder, { ownerId });
      const readsBefore = await readsIn(dataDir);
      // Asking for it also begins the next measurement.
      await eventLoopP99Ms(metricsPort);
      const memory = watchMemory(workerPid);
      const cpuBefore = cpuSecondsOf(workerPid);
      const allBefore = cpuSecondsOf(process.pid);
      const startedAt = performance.now();
      const { runId, images } = await darkroom.backfill.start({ ownerId });
      for await (const { failed } of darkroom.backfill.watch(runId, { everyMs: 1000, signal })) {
        if (failed > 0) throw new Error(`${failed} of the benchmark's images failed.`);
      }
      const cpuSeconds = cpuSecondsOf(workerPid) - cpuBefore;
      return {
        images,
        seconds: (performance.now() - startedAt) / 1000,
        cpuSeconds,
        besideCpuSeconds: cpuSecondsOf(process.pid) - allBefore - cpuSeconds,
        bytes: (await darkroom.stats()).variantBytes - before.variantBytes,
        peakMb: memory.stop(),
        reads: (await readsIn(dataDir)) - readsBefore,
        eventLoopP99Ms: await eventLoopP99Ms(metricsPort),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await darkroom[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
    },
  };
}

async function readsIn(dataDir: string): Promise<number> {
  const log = await readFile(join(dataDir, 'logs', 'worker.log'), 'utf8');
  return log.split('"original read"').length - 1;
}

async function eventLoopP99Ms(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const found = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await answer.text());
  return Number(found?.[1]) * 1000;
}
