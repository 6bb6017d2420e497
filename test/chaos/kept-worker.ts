import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandOf, hasEnded, signalProcess, stopChild } from '../../src/dev/processes.js';

const run = promisify(execFile);

const INSIDE = new URL('./inside-worker.js', import.meta.url).href;
const STOP_GRACE_MS = 45_000;

export interface WorkerProgram {
  program: string;
  execArgv: string[];
  env: Record<string, string>;
  logFile: string;
  /** Asked by the worker what is to become of a request. */
  onMessage?: (message: unknown, answer: (reply: object) => void) => void;
}

/** Of the log of one that has fallen: why. */
const LAST_LINES = 12;

/** A worker process that is started again whenever it dies, as a supervisor of a real one does. */
export class KeptWorker implements AsyncDisposable {
  readonly logFile: string;
  readonly #program: WorkerProgram;
  #child: ChildProcess;
  #ready: Promise<void>;
  /** Pids that went although nobody meant them to, and how. */
  readonly fallen: string[] = [];
  #ending = false;
  #meant = false;
  #withoutHandles = false;
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
    this.#meant = true;
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

  /** SIGTERM, as for a new version of the program. @returns whether it left by itself and in order */
  async restart(afterMs: number): Promise<boolean> {
    this.#restartAfterMs = afterMs;
    this.#meant = true;
    const child = this.#child;
    await stopChild(child, STOP_GRACE_MS);
    return child.exitCode === 0;
  }

  /** Its main thread does nothing meanwhile; its encoders and the SDK's own threads go on. */
  async block(ms: number): Promise<void> {
    this.#stopped = true;
    this.#child.send({ fault: 'eventLoopBlock', ms }, () => undefined);
    await wait(ms);
    this.#stopped = false;
  }

  jumpClock(ms: number): void {
    this.#child.send({ fault: 'clockJump', ms }, () => undefined);
  }

  /**
   * It can open no file, socket or process more. Node itself may end a process then, which cannot run
   * another script. @returns what gives them back
   */
  async takeFileHandles(): Promise<() => Promise<void>> {
    const { pid } = this;
    const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let lowest = 0;
    while (open.has(lowest)) lowest += 1;
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const before = /^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? '1024';
    this.#withoutHandles = true;
    await run('prlimit', ['--pid', `${pid}`, `--nofile=${lowest}:`]);
    return async () => {
      this.#withoutHandles = false;
      // It may be another process by now, which has its handles.
      await run('prlimit', ['--pid', `${pid}`, `--nofile=${before}:`]).catch(() => undefined);
    };
  }

  /** Lines of its log in which one of these words stands. */
  linesWith(words: string[]): number {
    const lines = readFileSync(this.logFile, 'utf8').split('\n');
    return lines.filter((line) => words.some((word) => line.includes(word))).length;
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
      ...{
        env,
        execArgv: [...execArgv, '--import', INSIDE],
        detached: true,
        stdio: ['ignore', log, log, 'ipc'],
      },
    });
    closeSync(log);
    const ready = new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`A worker ended before it was up: ${logFile}`)));
      child.on('message', (message) => {
        if ((message as { ready?: boolean }).ready) resolve();
        else onMessage?.(message, (reply) => void child.send(reply, () => undefined));
      });
    });
    child.once('exit', (code, signal) => {
      const byNode = this.#withoutHandles && signal === 'SIGABRT';
      if (!this.#meant && !this.#ending && !byNode) {
        const last = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LAST_LINES);
        this.fallen.push([`${child.pid} ended with ${signal ?? code}`, ...last].join('\n'));
      }
      this.#meant = false;
      this.#withoutHandles = false;
      void this.#revive();
    });
    // Of a later life nobody asks; the first one is waited for.
    ready.catch(() => undefined);
    return [child, ready];
  }

  async #revive(): Promise<void> {
    await wait(this.#restartAfterMs);
    if (!this.#ending) [this.#child, this.#ready] = this.#launch();
  }

  readonly #killNow = (): void => void signalProcess(-this.pid, 'SIGKILL');
}
