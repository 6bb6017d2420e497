import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { inFlight, type Held } from './flight.js';
import type { KeptWorker } from './kept-worker.js';

/** So long it is waited for work to hit; then more work is asked for. */
export const WORK_MS = 4_000;
export const TRIES = 6;
/** An encoder that has used less may only be starting. */
const LOADED_TICKS = 100;

interface TargetSources {
  workers: KeptWorker[];
  client: Client;
  /** Hands more images in, when a fault finds nothing to hit. */
  moreWork: () => Promise<void>;
}

/** Finds what a fault can hit: work in flight, and who works on it. */
export class Targets {
  readonly #from: TargetSources;

  constructor(from: TargetSources) {
    this.#from = from;
  }

  /** The planned worker, or another when that one does not work at the moment. */
  workerWithWork(planned: number): Promise<KeptWorker | undefined> {
    const first = this.#from.workers[planned];
    const workers = [first, ...this.#from.workers.filter((it) => it !== first)];
    return this.#found(async () => {
      const held = await this.#inFlight();
      return workers.find(
        (it) => it?.works && held.some(({ worker }) => worker.startsWith(`${it.pid}@`)),
      );
    });
  }

  async anyWork(): Promise<Held[]> {
    const found = await this.#found(async () => {
      const held = await this.#inFlight();
      return held.length > 0 ? held : undefined;
    });
    return found ?? [];
  }

  /** One that burns CPU: an idle one waits for a message. */
  encoderAtWork(): Promise<{ worker: KeptWorker; pid: number } | undefined> {
    return this.#found(async () => {
      const all = this.#from.workers
        .filter(({ works }) => works)
        .flatMap((worker) =>
          worker.encoders().map((pid) => ({ worker, pid, before: ticksOf(pid) })),
        );
      await wait(40);
      return all.find(({ pid, before }) => before > LOADED_TICKS && ticksOf(pid) > before + 1);
    });
  }

  moreWork(): Promise<void> {
    return this.#from.moreWork();
  }

  #inFlight(): Promise<Held[]> {
    return inFlight(this.#from.client).catch(() => []);
  }

  async #found<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const found = await within(WORK_MS, look);
      if (found !== undefined) return found;
      await this.moreWork();
    }
    return undefined;
  }
}

function ticksOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return Infinity;
  }
}

/** @returns what was found in time */
export async function within<T>(
  ms: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await wait(100);
  }
}
