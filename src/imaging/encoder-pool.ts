import { DarkroomError } from '../domain/failures.js';
import { URGENT, USUAL_PRIORITY } from '../domain/priority.js';
import { Encoder } from './encoder.js';
import type { EncoderJob, EncoderJobs, EncoderRequest } from './encoder-jobs.js';
import { MegapixelBudget, type Claim } from './megapixel-budget.js';
import { watchMemory } from './watch-memory.js';

/**
 * An original that somebody waits for was just prepared, and its smallest tier is on its way here:
 * through the catalog, Temporal and back. Its encoder is kept for it so long instead of being given
 * a large tier of a backfill, which would take longer than all of that.
 */
const KEPT_MS = 150;

export interface RunOptions {
  /** 1 goes first. */
  priority?: number;
  /** Abort kills the process in mid-encode; a job that still waits is only taken off the queue. */
  signal?: AbortSignal;
  /** Counts from the moment an encoder takes the job, not while it waits for that or for memory. */
  timeoutMs: number;
  /** Runs while no other job does: one that may take others with it when the machine is short of memory. */
  alone?: boolean;
}

export interface EncoderPoolStats {
  /** How many processes the pool may have. */
  encoders: number;
  busy: number;
  waiting: number;
  /** Being decoded or encoded now. */
  megapixels: number;
  /** Processes that died by themselves or by a foreign hand since the pool was opened. */
  lost: number;
  /** Of the processes that live now; they start when first needed. */
  pids: number[];
}

export interface EncoderPool extends AsyncDisposable {
  /**
   * Runs a job in a process of its own and resolves with its output.
   * @throws DarkroomError of the job's kind, EncoderCrashed, EncoderUnavailable, EncodeTimedOut,
   * EncoderOutOfMemory, or WorkerStopping when the pool closes; the signal's reason after an abort. By
   * then the process is gone.
   */
  run<K extends EncoderJob>(
    job: K,
    input: EncoderJobs[K]['input'],
    options: RunOptions,
  ): Promise<EncoderJobs[K]['output']>;
  stats(): EncoderPoolStats;
}

export interface EncoderPoolOptions {
  encoders: number;
  /** Decoded at once by all processes together; a larger picture is decoded alone. Default: any. */
  maxMegapixelsInFlight?: number;
  /** Resident memory of one process, above which it is killed. Default: any. */
  maxMemoryMb?: number;
  log?: { warn(message: string): void };
}

/**
 * Encoder processes, one job each at a time, kept warm between jobs.
 *
 * Why not `workerpool`: its cancel first waits for clean-up messages, and its children leave with
 * process.exit, which waits for the encode. An AVIF encode would survive both by minutes.
 */
export function openEncoderPool(options: EncoderPoolOptions): EncoderPool {
  return new Pool(options);
}

interface Job {
  request: EncoderRequest;
  options: RunOptions;
  resolve: (output: unknown) => void;
  reject: (reason: unknown) => void;
  /** Who works on it; nobody while it waits. */
  encoder?: Encoder | undefined;
}

class Pool implements EncoderPool {
  readonly #options: EncoderPoolOptions;
  readonly #encoders = new Set<Encoder>();
  readonly #waiting = new Set<Job>();
  readonly #budget: MegapixelBudget;
  /** Encoders that are kept for urgent jobs, each by a timer that gives it up. */
  readonly #kept = new Set<NodeJS.Timeout>();
  #nextId = 1;
  /** Nobody else gets an encoder while it runs. */
  #aloneNow: Job | undefined;
  #lost = 0;
  #closed = false;

  constructor(options: EncoderPoolOptions) {
    this.#options = options;
    this.#budget = new MegapixelBudget(options.maxMegapixelsInFlight ?? Infinity);
  }

  async run<K extends EncoderJob>(
    job: K,
    input: EncoderJobs[K]['input'],
    options: RunOptions,
  ): Promise<EncoderJobs[K]['output']> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw new DarkroomError('WorkerStopping');
    const request = { id: this.#nextId++, job, input } as EncoderRequest;
    return (await this.#outcome(request, options)) as EncoderJobs[K]['output'];
  }

  stats(): EncoderPoolStats {
    const encoders = [...this.#encoders];
    return {
      encoders: this.#options.encoders,
      busy: encoders.filter((encoder) => encoder.busy).length,
      waiting: this.#waiting.size,
      megapixels: this.#budget.inUse,
      lost: this.#lost,
      pids: encoders.flatMap(({ pid }) => pid ?? []),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timer of this.#kept) clearTimeout(timer);
    const stopping = new DarkroomError('WorkerStopping');
    for (const job of this.#waiting) job.reject(stopping);
    this.#waiting.clear();
    await Promise.all([...this.#encoders].map((encoder) => encoder.kill(stopping)));
  }

  async #outcome(request: EncoderRequest, options: RunOptions): Promise<unknown> {
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const job: Job = { request, options, resolve, reject };
        onAbort = () => {
          if (this.#waiting.delete(job)) job.reject(options.signal?.reason);
          else void job.encoder?.kill(options.signal?.reason);
        };
        options.signal?.addEventListener('abort', onAbort);
        this.#waiting.add(job);
        this.#dispatch();
      });
    } finally {
      if (onAbort) options.signal?.removeEventListener('abort', onAbort);
    }
  }

  #dispatch(): void {
    while (this.#waiting.size > 0) {
      const job = [...this.#waiting].reduce((a, b) => (goesBefore(b, a) ? b : a));
      if (!this.#hasRoomFor(job)) return;
      try {
        const encoder = this.#freeEncoder();
        if (encoder === undefined) return;
        void this.#work(encoder, this.#take(job));
      } catch (error) {
        // fork() throws when the machine has no memory or no handles left; the job may try later.
        const message = `An encoder process could not be started: ${String(error)}`;
        this.#take(job).reject(new DarkroomError('EncoderUnavailable', message, { cause: error }));
      }
    }
  }

  #take(job: Job): Job {
    this.#waiting.delete(job);
    if (isUrgent(job)) this.#giveUpOne();
    return job;
  }

  #hasRoomFor(job: Job): boolean {
    const { busy, encoders } = this.stats();
    if (this.#aloneNow !== undefined) return false;
    // The others wait for it as it waits for those that run, or it would never have its turn.
    if (job.options.alone) return busy === 0;
    return isUrgent(job) || encoders - busy > this.#kept.size;
  }

  #keepOne(): void {
    const timer = setTimeout(() => {
      this.#kept.delete(timer);
      this.#dispatch();
    }, KEPT_MS);
    this.#kept.add(timer);
  }

  #giveUpOne(): void {
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    clearTimeout(oldest);
    this.#kept.delete(oldest);
  }

  #watchMemory(encoder: Encoder, { request }: Job): () => void {
    const { maxMemoryMb } = this.#options;
    if (maxMemoryMb === undefined || encoder.pid === undefined) return () => undefined;
    return watchMemory(encoder.pid, maxMemoryMb, (megabytes) => {
      const message = `The ${request.job} job took ${megabytes} MB; the limit is ${maxMemoryMb} MB.`;
      void encoder.kill(new DarkroomError('EncoderOutOfMemory', message));
    });
  }

  #freeEncoder(): Encoder | undefined {
    const idle = [...this.#encoders].find((encoder) => !encoder.busy);
    if (idle !== undefined || this.#encoders.size >= this.#options.encoders) return idle;
    const encoder: Encoder = new Encoder((lost) => {
      this.#encoders.delete(encoder);
      if (lost !== undefined) {
        this.#lost += 1;
        this.#options.log?.warn(lost);
      }
      this.#dispatch();
    });
    this.#encoders.add(encoder);
    return encoder;
  }

  async #work(encoder: Encoder, job: Job): Promise<void> {
    let claim: Claim | undefined;
    let timer = timeLimit(encoder, job);
    const unwatch = this.#watchMemory(encoder, job);
    job.encoder = encoder;
    if (job.options.alone) this.#aloneNow = job;
    try {
      const output = await encoder.perform(job.request, (megapixels) => {
        clearTimeout(timer);
        claim = this.#budget.claim(megapixels, () => {
          timer = timeLimit(encoder, job);
          encoder.grantRoom();
        });
      });
      if (isUrgent(job) && job.request.job === 'prepare') this.#keepOne();
      job.resolve(output);
    } catch (error) {
      job.reject(error);
    } finally {
      clearTimeout(timer);
      unwatch();
      claim?.release();
      if (this.#aloneNow === job) this.#aloneNow = undefined;
      // From here on the process works for another, and a late abort must not reach it.
      job.encoder = undefined;
      this.#dispatch();
    }
  }
}

function timeLimit(encoder: Encoder, { request, options }: Job): NodeJS.Timeout {
  const { timeoutMs } = options;
  return setTimeout(() => {
    const message = `The ${request.job} job took longer than ${timeoutMs / 1000} s.`;
    void encoder.kill(new DarkroomError('EncodeTimedOut', message));
  }, timeoutMs);
}

/** By priority; then what finishes an image before what begins another. The set keeps the rest by age. */
function goesBefore(a: Job, b: Job): boolean {
  const difference = priorityOf(a) - priorityOf(b);
  if (difference !== 0) return difference < 0;
  return a.request.job === 'encode' && b.request.job === 'prepare';
}

function isUrgent(job: Job): boolean {
  return priorityOf(job) <= URGENT;
}

function priorityOf({ options }: Job): number {
  return options.priority ?? USUAL_PRIORITY;
}
