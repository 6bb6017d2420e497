import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { signalProcess } from '../../src/dev/processes.js';
import type { Notice } from './evidence.js';
import { heldBy, inFlight, watchNotices, type Held } from './flight.js';
import type { History } from './history.js';
import type { KeptWorker } from './kept-worker.js';
import type { FaultKind, PlannedFault } from './schedule.js';
import type { ChaosStack } from './stack.js';

/** So long it is waited for work to hit; then more work is asked for. */
const WORK_MS = 4_000;
const TRIES = 6;

export interface Injection {
  stack: ChaosStack;
  client: Client;
  history: History;
  landed: Record<FaultKind, number>;
  /** Hands more images in, when a fault finds nothing to hit. */
  moreWork: () => Promise<void>;
}

/** Brings faults about, each while something is in flight that it hits, and sees what comes of it. */
export class Injector {
  readonly notices: Omit<Notice, 'serverAwayMs'>[] = [];
  readonly #context: Injection;
  readonly #watching: Promise<void>[] = [];

  constructor(context: Injection) {
    this.#context = context;
  }

  /** Resolves when it was brought about; whether it landed may be seen only later. */
  async inject(fault: PlannedFault): Promise<void> {
    switch (fault.kind) {
      case 'workerKill':
        return this.#killWorker(fault);
      case 'workerStop':
        return this.#stopWorker(fault);
      case 'encoderKill':
        return this.#killEncoder(fault);
      case 'temporalKill':
      case 'databaseKill':
        return this.#killServer(fault);
    }
  }

  /** Resolves when it is known of every fault whether it landed. */
  async settled(): Promise<void> {
    await Promise.all(this.#watching.splice(0));
  }

  async #killWorker(fault: PlannedFault): Promise<void> {
    const worker = await this.#workerWithWork(fault);
    if (worker === undefined) return this.#nothingToHit(fault);
    const { pid } = worker;
    await worker.kill(fault.wholeGroup, fault.forMs);
    const goneAtMs = Date.now();
    // What it held stays its own until its heartbeat time-out.
    const held = await heldBy(this.#context.client, pid);
    this.#note(fault, { pid, held: held.map(({ name }) => name) });
    this.#watch(fault, held, goneAtMs);
  }

  async #stopWorker(fault: PlannedFault): Promise<void> {
    const worker = await this.#workerWithWork(fault);
    if (worker === undefined) return this.#nothingToHit(fault);
    const { pid } = worker;
    const goOn = worker.standStill(fault.wholeGroup);
    const goneAtMs = Date.now();
    const held = await heldBy(this.#context.client, pid);
    this.#note(fault, { pid, held: held.map(({ name }) => name) });
    this.#watch(fault, held, goneAtMs);
    // Others may happen meanwhile; work that was given away must find it back among the living.
    this.#watching.push(
      wait(fault.forMs).then(() => {
        goOn();
        this.#context.history.note('workerGoesOn', { pid });
      }),
    );
  }

  async #killEncoder(fault: PlannedFault): Promise<void> {
    const { stack, landed } = this.#context;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const hit = await within(WORK_MS, () => encodingNow(stack.workers));
      if (hit !== undefined) {
        const { worker, pid } = hit;
        const before = crashesIn(worker);
        signalProcess(pid, 'SIGKILL');
        const lands = await within(WORK_MS, async () => crashesIn(worker) > before || undefined);
        this.#note(fault, { pid, landed: lands ?? false });
        if (lands) {
          landed.encoderKill += 1;
          return;
        }
      }
      await this.#context.moreWork();
    }
  }

  async #killServer(fault: PlannedFault): Promise<void> {
    const { stack, client, landed } = this.#context;
    const held = await this.#anyWork(client);
    if (held.length === 0) return this.#nothingToHit(fault);
    const server = fault.kind === 'temporalKill' ? stack.temporal : stack.database;
    const kills = await server.kill(fault.forMs, fault.againAfterMs);
    landed[fault.kind] += 1;
    this.#note(fault, { kills, awayMs: fault.forMs, inFlight: held.map(({ name }) => name) });
  }

  /** The planned one, or another when that one does not work at the moment. */
  async #workerWithWork({ worker: planned }: PlannedFault): Promise<KeptWorker | undefined> {
    const { stack, client, moreWork } = this.#context;
    const first = stack.workers[planned];
    const workers = [first, ...stack.workers.filter((it) => it !== first)];
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const found = await within(WORK_MS, async () => {
        const held = await inFlight(client).catch(() => []);
        return workers.find(
          (it) => it?.works && held.some(({ worker }) => worker.startsWith(`${it.pid}@`)),
        );
      });
      if (found !== undefined) return found;
      await moreWork();
    }
    return undefined;
  }

  async #anyWork(client: Client): Promise<Held[]> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const held = await within(WORK_MS, async () => {
        const found = await inFlight(client).catch(() => []);
        return found.length > 0 ? found : undefined;
      });
      if (held !== undefined) return held;
      await this.#context.moreWork();
    }
    return [];
  }

  /** It has landed when Temporal gave up at least one activity that the worker held. */
  #watch({ kind }: PlannedFault, held: Held[], goneAtMs: number): void {
    const { client, history, landed } = this.#context;
    this.#watching.push(
      watchNotices(client, held, { fault: kind, goneAtMs }).then((notices) => {
        if (notices.length > 0) landed[kind] += 1;
        this.notices.push(...notices);
        for (const notice of notices) history.note('noticed', { ...notice });
      }),
    );
  }

  #note({ kind, afterShare }: PlannedFault, facts: Record<string, unknown>): void {
    this.#context.history.note(kind, { afterShare, ...facts });
  }

  #nothingToHit(fault: PlannedFault): void {
    this.#note(fault, { landed: false, because: 'nothing was in flight' });
  }
}

/** An encoder that burns CPU: an idle one waits for a message. */
async function encodingNow(workers: KeptWorker[]) {
  const all = workers
    .filter(({ works }) => works)
    .flatMap((worker) => worker.encoders().map((pid) => ({ worker, pid, before: ticksOf(pid) })));
  await wait(40);
  return all.find(({ pid, before }) => ticksOf(pid) > before + 1);
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

/** Failures of activities whose encoder died under them, as the worker logged them. */
function crashesIn({ logFile }: KeptWorker): number {
  return readFileSync(logFile, 'utf8').split('EncoderCrashed').length - 1;
}

/** @returns what was found in time */
async function within<T>(ms: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await wait(100);
  }
}
