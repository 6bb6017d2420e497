import { URGENT, USUAL_PRIORITY } from '../domain/priority.js';
import type { Encoder } from './encoder.js';
import type { EncoderRequest } from './encoder-jobs.js';

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

export interface Job {
  request: EncoderRequest;
  options: RunOptions;
  resolve: (output: unknown) => void;
  reject: (reason: unknown) => void;
  /** Who works on it; nobody while it waits. */
  encoder?: Encoder | undefined;
}

export interface Occupation {
  /** How many processes there may be. */
  encoders: number;
  busy: number;
}

/** Jobs that wait for an encoder, and which of them is next. */
export class JobLine {
  readonly #waiting = new Set<Job>();
  /** Encoders that are kept for urgent jobs, each by a timer that gives it up. */
  readonly #kept = new Set<NodeJS.Timeout>();
  readonly #onRoom: () => void;
  /** Nobody else gets an encoder while it runs. */
  #aloneNow: Job | undefined;

  /** @param onRoom called when an encoder that was kept is there for anybody again */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  get length(): number {
    return this.#waiting.size;
  }

  join(job: Job): void {
    this.#waiting.add(job);
  }

  /** @returns whether it still waited */
  leave(job: Job): boolean {
    return this.#waiting.delete(job);
  }

  /** Everybody leaves, and nothing is kept any more. */
  close(): Job[] {
    for (const timer of this.#kept) clearTimeout(timer);
    const jobs = [...this.#waiting];
    this.#waiting.clear();
    return jobs;
  }

  /** The job that may begin now. Whoever has to wait for room holds up those behind it. */
  next(occupation: Occupation): Job | undefined {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return undefined;
    const job = others.reduce((a, b) => (goesBefore(b, a) ? b : a), first);
    return this.#hasRoomFor(job, occupation) ? job : undefined;
  }

  begin(job: Job): void {
    this.#waiting.delete(job);
    if (isUrgent(job)) this.#giveUpOne();
    if (job.options.alone) this.#aloneNow = job;
  }

  /** @param isDone it was not given up */
  end(job: Job, isDone: boolean): void {
    if (this.#aloneNow === job) this.#aloneNow = undefined;
    if (isDone && isUrgent(job) && job.request.job === 'prepare') this.#keepOne();
  }

  #hasRoomFor(job: Job, { encoders, busy }: Occupation): boolean {
    if (this.#aloneNow !== undefined) return false;
    // The others wait for it as it waits for those that run, or it would never have its turn.
    if (job.options.alone) return busy === 0;
    return isUrgent(job) || encoders - busy > this.#kept.size;
  }

  #keepOne(): void {
    const timer = setTimeout(() => {
      this.#kept.delete(timer);
      this.#onRoom();
    }, KEPT_MS);
    this.#kept.add(timer);
  }

  #giveUpOne(): void {
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    clearTimeout(oldest);
    this.#kept.delete(oldest);
  }
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
