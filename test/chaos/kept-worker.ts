import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, hasEnded, signalProcess, stopChild } from '../../src/dev/processes.js';

const STOP_GRACE_MS = 45_000;

export interface WorkerProgram {
  program: string;
  execArgv: string[];
  env: Record<string, string>;
  logFile: string;
  /** Asked by the worker what is to become of a request. */
  onMessage?: (message: unknown, answer: (reply: object) => void) => void;
}

/** A worker process that is started again whenever it dies, as a supervisor of a real one does. */
export class KeptWorker implements AsyncDisposable {
  readonly logFile: string;
  readonly #program: WorkerProgram;
  #child: ChildProcess;
  #ready: Promise<void>;
  #ending = false;
  #stopped = false;
  #restartAfterMs = 0;

  constructor(program: WorkerProgram) {
    this.logFile = program.logFile;
    this.#program = program;
    [this.#child, this.#ready] = this.#launch();
    process.once('exit', this.#killNow);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Neither between two lives nor standing still. */
  get works(): boolean {
    return !this.#stopped && !hasEnded(this.#child);
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  /** SIGKILL of the worker alone, or of its encoders with it. Resolves when it is dead. */
  async kill(wholeGroup: boolean, restartAfterMs: number): Promise<void> {
    this.#restartAfterMs = restartAfterMs;
    const child = this.#child;
    const ended = once(child, 'exit');
    signalProcess(wholeGroup ? -this.pid : this.pid, 'SIGKILL');
    if (!hasEnded(child)) await ended;
  }

  /** SIGSTOP. @returns what lets it go on */
  standStill(wholeGroup: boolean): () => void {
    const target = wholeGroup ? -this.pid : this.pid;
    this.#stopped = true;
    signalProcess(target, 'SIGSTOP');
    return () => {
      signalProcess(target, 'SIGCONT');
      this.#stopped = false;
    };
  }

  /** Of the encoders that live now. */
  encoders(): number[] {
    try {
      const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
      const pids = children.split(' ').filter(Boolean).map(Number);
      return pids.filter((pid) => commandOf(pid)?.includes('encoder-process'));
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    process.off('exit', this.#killNow);
    await stopChild(this.#child, STOP_GRACE_MS);
  }

  #launch(): [ChildProcess, Promise<void>] {
    const { program, execArgv, env, logFile, onMessage } = this.#program;
    const log = openSync(logFile, 'a');
    // In a group of its own, so that its encoders can be killed and stopped with it.
    const child = fork(program, [], {
      ...{ env, execArgv, detached: true, stdio: ['ignore', log, log, 'ipc'] },
    });
    closeSync(log);
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message) => {
        if ((message as { ready?: boolean }).ready) resolve();
        else onMessage?.(message, (reply) => void child.send(reply, () => undefined));
      });
    });
    child.once('exit', () => void this.#revive());
    return [child, ready];
  }

  async #revive(): Promise<void> {
    await wait(this.#restartAfterMs);
    if (!this.#ending) [this.#child, this.#ready] = this.#launch();
  }

  readonly #killNow = (): void => void signalProcess(-this.pid, 'SIGKILL');
}
