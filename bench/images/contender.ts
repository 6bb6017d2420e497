/**
 * One contender as a program of its own, so that its CPU time and memory are its own too:
 * `contender.ts plain|tuned|bare FOLDER FILE...` prints what it cost as JSON.
 */
import { availableParallelism } from 'node:os';
import { cpuSecondsOf, watchMemory } from '../process-usage.js';
import { bareLoop } from './bare-loop.js';
import { PLAIN, plainLoop, TUNED } from './plain-loop.js';

export interface Cost {
  images: number;
  seconds: number;
  cpuSeconds: number;
  bytes: number;
  peakMb: number;
}

const LOOPS = {
  /** A hand-written job: sharp's defaults at quality 80. */
  plain: (files: string[], folder: string) => plainLoop(files, folder, PLAIN),
  /** The same with our codec settings. */
  tuned: (files: string[], folder: string) => plainLoop(files, folder, TUNED),
  /** Our recipe and encoder processes, without Temporal, catalog and storage. */
  bare: (files: string[], folder: string) => bareLoop(files, folder, availableParallelism()),
};

const [name = '', folder = '', ...files] = process.argv.slice(2);
const loop = LOOPS[name as keyof typeof LOOPS];
if (loop === undefined) throw new Error(`there is no contender ${name}`);

const memory = watchMemory(process.pid);
const cpuBefore = cpuSecondsOf(process.pid);
const startedAt = performance.now();
const bytes = await loop(files, folder);
const cost: Cost = {
  images: files.length,
  seconds: (performance.now() - startedAt) / 1000,
  cpuSeconds: cpuSecondsOf(process.pid) - cpuBefore,
  bytes,
  peakMb: memory.stop(),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
