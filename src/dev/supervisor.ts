import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { stopChild } from './processes.js';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5000;
/** A program that was up this long was healthy: the next delay is the first one again. */
const HEALTHY_MS = 10_000;
/** Ending by itself before this counts as a crash at start; so does ending before it was ready. */
const FIRST_SECONDS_MS = 3000;
const CRASHES_AT_START = 5;
/** Longer than the worker's own SHUTDOWN_FORCE_SECONDS, after which it ends by itself. */
const STOP_GRACE_MS = 42_000;

export interface Supervised {
  /** Of the process that runs now; undefined between two. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Resolves when the process that runs now, or the next, says so; rejects when given up. */
  whenReady(): Promise<void>;
  /** Rejects when it ended too often as soon as it had started; otherwise never settles. */
  whenGivenUp(): Promise<never>;
  /** As chaos does: it gets restarted. @returns false when none runs. */
  kill(signal: NodeJS.Signals): boolean;
  /** SIGTERM, and SIGKILL after the grace; not restarted. May be called twice. */
  stop(): Promise<void>;
}

export interface Restart {
  pid: number | undefined;
  restarts: number;
  /** `SIGKILL`, `exit code 1`. */
  because: string;
}

interface Supervise {
  /** What messages call it. */
  name: 'worker' | 'server';
  /** The file that is run. */
  program: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  say: (line: string) => void;
  onRestart?: (restart: Restart) => void;
  graceMs?: number;
}

/** Runs the program as a process of its own and starts it again whenever it dies. */
export function supervise(options: Supervise): Supervised {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const supervisor = new Supervisor(options);
  supervisor.start();
  return supervisor;
}

class Supervisor implements Supervised {
  restarts = 0;
  readonly #options: Supervise;
  #child: ChildProcess | undefined;
  #ready = false;
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #delayMs = FIRST_DELAY_MS;
  #crashes = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended: Error | undefined;
  readonly #givenUp = withReject();

  constructor(options: Supervise) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const child = this.#launch();
    if (child === undefined) return;
    const startedAt = Date.now();
    this.#child = child;
    child.on('message', (message) => {
      if ((message as { ready?: boolean }).ready) this.#becomeReady();
    });
    child.once('error', (error) => {
      // After a failed start there is no exit event.
      if (child.pid === undefined) this.#died(error.message, 0, false);
    });
    child.once('exit', (code, signal) => {
      this.#died(signal ?? `exit code ${code}`, Date.now() - startedAt, signal !== null);
    });
  }

  /** A log that cannot be opened, as without handles, is a start that failed like any other. */
  #launch(): ChildProcess | undefined {
    try {
      return launch(this.#options);
    } catch (error) {
      this.#died((error as Error).message, 0, false);
      return undefined;
    }
  }

  whenReady(): Promise<void> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#ready) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  whenGivenUp(): Promise<never> {
    return this.#givenUp.promise;
  }

  kill(signal: NodeJS.Signals): boolean {
    // The signal of one that never started would reach ourselves, as in stopChild.
    return this.pid === undefined ? false : (this.#child?.kill(signal) ?? false);
  }

  async stop(): Promise<void> {
    this.#end(new Error(`The ${this.#options.name} was stopped.`));
    if (this.#child) await stopChild(this.#child, this.#options.graceMs ?? STOP_GRACE_MS);
  }

  #becomeReady(): void {
    this.#ready = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #end(reason: Error): void {
    clearTimeout(this.#timer);
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }

  #died(because: string, upMs: number, killed: boolean): void {
    // Killed after it was ready is what chaos and people do; it says nothing about the program.
    const crashedAtStart = !this.#ready || (upMs < FIRST_SECONDS_MS && !killed);
    this.#child = undefined;
    this.#ready = false;
    if (this.#ended) return;
    this.#crashes = crashedAtStart ? this.#crashes + 1 : 0;
    if (this.#crashes >= CRASHES_AT_START) return this.#giveUp(because);
    if (upMs >= HEALTHY_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#timer = setTimeout(() => this.#restart(because), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  #restart(because: string): void {
    this.restarts += 1;
    this.start();
    this.#options.onRestart?.({ pid: this.pid, restarts: this.restarts, because });
  }

  #giveUp(because: string): void {
    const { name, logFile, say } = this.#options;
    const message =
      `The ${name} ended ${CRASHES_AT_START} times as soon as it had started (${because}) and is ` +
      `not started again; its log says why: ${logFile}`;
    say(message);
    const reason = new Error(message);
    this.#givenUp.reject(reason);
    this.#end(reason);
  }
}

/**
 * In a process group of its own: a terminal's Ctrl-C reaches only us, and we stop the program
 * before what it needs. The IPC channel tells it when we are gone.
 */
function launch({ env, logFile, program }: Supervise): ChildProcess {
  const log = openSync(logFile, 'a');
  const stdio = ['ignore' as const, log, log, 'ipc' as const];
  try {
    // A program is compiled; flags of ours, as a loader of TypeScript, would only cost it memory.
    return fork(program, [], { env, detached: true, stdio, execArgv: [] });
  } finally {
    closeSync(log);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: Error) => void } {
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<never>((_resolve, no) => (reject = no));
  // Nobody may be waiting for it.
  promise.catch(() => undefined);
  return { promise, reject };
}
