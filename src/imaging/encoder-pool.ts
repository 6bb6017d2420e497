import { DarkroomError } from '../domain/failures.js';
import { Encoder } from './encoder.js';
import type { EncoderJob, EncoderJobs, EncoderRequest } from './encoder-jobs.js';
import { JobLine, type Job, type RunOptions } from './job-line.js';
import { MegapixelBudget, type Claim } from './megapixel-budget.js';
import { watchMemory } from './watch-memory.js';

export type { RunOptions } from './job-line.js';

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

class Pool implements EncoderPool {
  readonly #options: EncoderPoolOptions;
  readonly #encoders = new Set<Encoder>();
  readonly #line = new JobLine(() => this.#dispatch());
  readonly #budget: MegapixelBudget;
  #nextId = 1;
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
      waiting: this.#line.length,
      megapixels: this.#budget.inUse,
      lost: this.#lost,
      pids: encoders.flatMap(({ pid }) => pid ?? []),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const stopping = new DarkroomError('WorkerStopping');
    for (const job of this.#line.close()) job.reject(stopping);
    await Promise.all([...this.#encoders].map((encoder) => encoder.kill(stopping)));
  }

  async #outcome(request: EncoderRequest, options: RunOptions): Promise<unknown> {
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const job: Job = { request, options, resolve, reject };
        onAbort = () => {
          if (this.#line.leave(job)) job.reject(options.signal?.reason);
          else void job.encoder?.kill(options.signal?.reason);
        };
        options.signal?.addEventListener('abort', onAbort);
        this.#line.join(job);
        this.#dispatch();
      });
    } finally {
      if (onAbort) options.signal?.removeEventListener('abort', onAbort);
    }
  }

  #dispatch(): void {
    for (;;) {
      const job = this.#line.next(this.stats());
      if (job === undefined) return;
      try {
        const encoder = this.#freeEncoder();
        if (encoder === undefined) return;
        this.#line.begin(job);
        void this.#work(encoder, job);
      } catch (error) {
        // fork() throws when the machine has no memory or no handles left; the job may try later.
        const message = `An encoder process could not be started: ${String(error)}`;
        this.#line.leave(job);
        job.reject(new DarkroomError('EncoderUnavailable', message, { cause: error }));
      }
    }
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
    let isDone = false;
    let timer = timeLimit(encoder, job);
    const unwatch = this.#watchMemory(encoder, job);
    job.encoder = encoder;
    try {
      const output = await encoder.perform(job.request, (megapixels) => {
        clearTimeout(timer);
        claim = this.#budget.claim(megapixels, () => {
          timer = timeLimit(encoder, job);
          encoder.grantRoom();
        });
      });
      isDone = true;
      job.resolve(output);
    } catch (error) {
      job.reject(error);
    } finally {
      clearTimeout(timer);
      unwatch();
      claim?.release();
      this.#line.end(job, isDone);
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
