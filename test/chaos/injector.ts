import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { signalProcess } from '../../src/dev/processes.js';
import type { Notice } from './evidence.js';
import { heldBy, watchNotices, type Held } from './flight.js';
import type { History } from './history.js';
import type { KeptWorker } from './kept-worker.js';
import type { FaultKind, PlannedFault } from './schedule.js';
import type { ChaosStack } from './stack.js';
import { Targets, TRIES, within, WORK_MS } from './targets.js';

/** What a worker's log says then. */
export const OUT_OF_HANDLES = ['EMFILE', 'oo many open files'];
export const OUT_OF_SPACE = ['StorageFull', 'ENOSPC'];

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
  readonly #targets: Targets;
  readonly #watching: Promise<void>[] = [];

  constructor(context: Injection) {
    this.#context = context;
    const { stack, client, moreWork } = context;
    this.#targets = new Targets({ workers: stack.workers, client, moreWork });
  }

  /** Resolves when it was brought about; whether it landed may be seen only later. */
  async inject(fault: PlannedFault): Promise<void> {
    switch (fault.kind) {
      case 'workerKill':
        return this.#loseWorker(fault, (worker) => worker.kill(fault.wholeGroup, fault.forMs));
      case 'workerStop':
        return this.#loseWorker(fault, (worker) => this.#standStill(worker, fault));
      case 'eventLoopBlock':
        return this.#loseWorker(fault, (worker) => this.#block(worker, fault));
      case 'workerRestart':
        return this.#restartWorker(fault);
      case 'clockJump':
        return this.#jumpClock(fault);
      case 'noFileHandles':
        return this.#takeFileHandles(fault);
      case 'diskFull':
        return this.#fillDisk(fault);
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

  /** It has landed when Temporal gave up at least one activity that the worker held. */
  async #loseWorker(
    fault: PlannedFault,
    take: (worker: KeptWorker) => Promise<void>,
  ): Promise<void> {
    const worker = await this.#targets.workerWithWork(fault.worker);
    if (worker === undefined) return this.#nothingToHit(fault);
    const { pid } = worker;
    await take(worker);
    const goneAtMs = Date.now();
    // What it held stays its own until its heartbeat time-out.
    const held = await heldBy(this.#context.client, pid);
    this.#note(fault, { pid, held: held.map(({ name }) => name) });
    this.#watching.push(this.#watch(fault, held, goneAtMs));
  }

  /** Others may happen meanwhile; work that was given away must find it back among the living. */
  async #standStill(worker: KeptWorker, { forMs, wholeGroup }: PlannedFault): Promise<void> {
    const { pid } = worker;
    const goOn = worker.standStill(wholeGroup);
    this.#watching.push(
      wait(forMs).then(() => {
        goOn();
        this.#context.history.note('workerGoesOn', { pid });
      }),
    );
  }

  async #block(worker: KeptWorker, { forMs }: PlannedFault): Promise<void> {
    this.#watching.push(worker.block(forMs));
  }

  async #watch({ kind }: PlannedFault, held: Held[], goneAtMs: number): Promise<void> {
    const { client, history, landed } = this.#context;
    const notices = await watchNotices(client, held, { fault: kind, goneAtMs });
    if (notices.length > 0) landed[kind] += 1;
    this.notices.push(...notices);
    for (const notice of notices) history.note('noticed', { ...notice });
  }

  /** It has landed when the worker has let its work end or handed it over, and left in order. */
  async #restartWorker(fault: PlannedFault): Promise<void> {
    const worker = await this.#targets.workerWithWork(fault.worker);
    if (worker === undefined) return this.#nothingToHit(fault);
    const { pid } = worker;
    const inOrder = await worker.restart(fault.forMs);
    if (inOrder) this.#context.landed.workerRestart += 1;
    this.#note(fault, { pid, inOrder });
  }

  async #jumpClock(fault: PlannedFault): Promise<void> {
    const worker = await this.#targets.workerWithWork(fault.worker);
    if (worker === undefined) return this.#nothingToHit(fault);
    worker.jumpClock(fault.jumpMs ?? 0);
    this.#context.landed.clockJump += 1;
    this.#note(fault, { pid: worker.pid, jumpMs: fault.jumpMs });
  }

  async #takeFileHandles(fault: PlannedFault): Promise<void> {
    await this.#untilItHurts(fault, OUT_OF_HANDLES, async () => {
      const worker = await this.#targets.workerWithWork(fault.worker);
      return worker?.takeFileHandles();
    });
  }

  async #fillDisk(fault: PlannedFault): Promise<void> {
    const { disk } = this.#context.stack;
    if (disk === undefined) return;
    await this.#untilItHurts(fault, OUT_OF_SPACE, async () => {
      if ((await this.#targets.anyWork()).length === 0) return undefined;
      // Refused while somebody writes just then.
      const isFull = await within(WORK_MS, async () => (await disk.fill()) || undefined);
      return isFull && (() => disk.empty());
    });
  }

  /**
   * Lets the machine lack something until a worker has said so, and for the planned time at least.
   * @param take gives what gives it back, and nothing where nobody works whom it would hurt
   */
  async #untilItHurts(
    fault: PlannedFault,
    words: string[],
    take: () => Promise<(() => Promise<void>) | undefined>,
  ): Promise<void> {
    const { stack, landed } = this.#context;
    const complaints = () => complaintsOf(stack.workers, words);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = complaints();
      const giveBack = await take();
      if (giveBack === undefined) return this.#nothingToHit(fault);
      const lacking = wait(fault.forMs);
      const hurts = await within(WORK_MS, async () => complaints() > before || undefined);
      await lacking;
      await giveBack();
      this.#note(fault, { landed: hurts ?? false, complaints: complaints() - before });
      if (hurts) {
        landed[fault.kind] += 1;
        return;
      }
      await this.#targets.moreWork();
    }
  }

  async #killEncoder(fault: PlannedFault): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const hit = await this.#targets.encoderAtWork();
      if (hit === undefined) return this.#nothingToHit(fault);
      const { worker, pid } = hit;
      const crashes = () => worker.linesWith(['EncoderCrashed']);
      const before = crashes();
      signalProcess(pid, 'SIGKILL');
      const lands = await within(WORK_MS, async () => crashes() > before || undefined);
      this.#note(fault, { pid, landed: lands ?? false });
      if (lands) {
        this.#context.landed.encoderKill += 1;
        return;
      }
      await this.#targets.moreWork();
    }
  }

  async #killServer(fault: PlannedFault): Promise<void> {
    const { stack, landed } = this.#context;
    const held = await this.#targets.anyWork();
    if (held.length === 0) return this.#nothingToHit(fault);
    const server = fault.kind === 'temporalKill' ? stack.temporal : stack.database;
    const kills = await server.kill(fault.forMs, fault.againAfterMs);
    landed[fault.kind] += 1;
    this.#note(fault, { kills, awayMs: fault.forMs, inFlight: held.map(({ name }) => name) });
  }

  #note({ kind, afterShare }: PlannedFault, facts: Record<string, unknown>): void {
    this.#context.history.note(kind, { afterShare, ...facts });
  }

  #nothingToHit(fault: PlannedFault): void {
    this.#note(fault, { landed: false, because: 'nothing was in flight' });
  }
}

export function complaintsOf(workers: KeptWorker[], words: string[]): number {
  return workers.reduce((sum, worker) => sum + worker.linesWith(words), 0);
}
