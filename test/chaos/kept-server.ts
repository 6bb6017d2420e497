import { setTimeout as wait } from 'node:timers/promises';
import { knownProcess, signalProcess, stillRuns } from '../../src/dev/processes.js';

const RESTARTS = 10;

type Server = AsyncDisposable & { readonly pid: number };

/** Starts the server on its data and its port; `onSpawn` hears of the process before it is ready. */
export type StartServer<S extends Server> = (
  onSpawn: (pid: number | undefined) => void,
) => Promise<S>;

/** A server that is killed on purpose and started again where it was. */
export class KeptServer<S extends Server> implements AsyncDisposable {
  readonly first: S;
  /** When it was away, in milliseconds since 1970; the last end is absent while it is. */
  readonly outages: { fromMs: number; toMs?: number }[] = [];
  readonly #start: StartServer<S>;
  #running: S;
  #pid: number;

  private constructor(first: S, start: StartServer<S>) {
    this.first = first;
    this.#start = start;
    this.#running = first;
    this.#pid = first.pid;
    process.once('exit', this.#killNow);
  }

  static async open<S extends Server>(start: StartServer<S>): Promise<KeptServer<S>> {
    return new KeptServer(await start(() => undefined), start);
  }

  /**
   * SIGKILL; back after a while, or killed once more on the way. Resolves when it answers again.
   * @returns how many kills that were
   */
  async kill(forMs: number, againAfterMs?: number): Promise<number> {
    const outage: { fromMs: number; toMs?: number } = { fromMs: Date.now() };
    this.outages.push(outage);
    await killed(this.#pid);
    await wait(forMs);
    let kills = 1;
    if (againAfterMs !== undefined) kills += await this.#killInRecovery(againAfterMs);
    await this.#restart();
    outage.toMs = Date.now();
    return kills;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#killNow);
    await this.#running[Symbol.asyncDispose]();
  }

  async #killInRecovery(afterMs: number): Promise<number> {
    const starting = this.#start((pid) => (this.#pid = pid ?? this.#pid));
    const ended = starting.then(
      () => false,
      () => true,
    );
    await wait(afterMs);
    await killed(this.#pid);
    // Its starter reports that it ended; one that was ready before was killed all the same.
    await ended;
    return 1;
  }

  /** Children of a killed postmaster hold its memory for a moment, and it is refused a new one. */
  async #restart(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#running = await this.#start((pid) => (this.#pid = pid ?? this.#pid));
        this.#pid = this.#running.pid;
        return;
      } catch (error) {
        if (attempt === RESTARTS) throw error;
        await wait(300);
      }
    }
  }

  readonly #killNow = (): void => void signalProcess(this.#pid, 'SIGKILL');
}

async function killed(pid: number): Promise<void> {
  const known = knownProcess(pid);
  signalProcess(pid, 'SIGKILL');
  while (stillRuns(known)) await wait(10);
}
