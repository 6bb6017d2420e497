import { PassThrough, Readable } from 'node:stream';
import { counted } from '../domain/counted.js';
import { DarkroomError } from '../domain/failures.js';

export interface SendingLimits {
  /** Files that one caller is sent at once. */
  atOnce: number;
  /** How long the next one waits for a place: a page of pictures asks for all of them at once. */
  waitMs: number;
  /** How long a reader may take besides the time for its bytes. */
  graceMs: number;
  /** The slowest line that is of any use. */
  bytesPerMs: number;
}

export interface Sending {
  open: () => Promise<Readable>;
  /** Ends the answer, and with it the file. */
  hangUp?: (() => void) | undefined;
  /** Told when the storage breaks off in the middle, which nobody can be answered any more. */
  brokeOff?: (error: Error) => void;
  /** Of the request: aborted when nobody waits for the answer any more. */
  signal?: AbortSignal;
}

interface Sent {
  open: number;
  waiting: (() => void)[];
}

/**
 * The files that are being sent. Each holds a connection to the storage until its reader has taken
 * it, and a store has few of them: so nobody has many, and nobody reads as slowly as they like.
 */
export class FilesInFlight {
  readonly #limits: SendingLimits;
  readonly #sent = new Map<string, Sent>();

  constructor(limits: SendingLimits) {
    this.#limits = limits;
  }

  /**
   * The bytes of the file, for as long as they are taken fast enough.
   * @throws DarkroomError `TooManyRequests` when this caller is being sent too many already
   */
  async send(who: string, sending: Sending): Promise<ReadableStream> {
    const { open, hangUp, signal } = sending;
    await this.#place(who, signal);
    try {
      signal?.throwIfAborted();
      const file = await open();
      file.once('close', () => this.#leave(who));
      const sent = sentOf(file, sending);
      this.#watch(file, hangUp);
      return Readable.toWeb(sent) as ReadableStream;
    } catch (error) {
      this.#leave(who);
      throw error;
    }
  }

  async #place(who: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const sent = this.#sent.get(who) ?? { open: 0, waiting: [] };
    this.#sent.set(who, sent);
    if (sent.open < this.#limits.atOnce) {
      sent.open += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leaveLine = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        sent.waiting = sent.waiting.filter((other) => other !== goOn);
      };
      const goOn = () => {
        leaveLine();
        resolve();
      };
      // Who has gone would otherwise keep whoever asks again behind them.
      const giveUp = () => {
        leaveLine();
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        leaveLine();
        const words = `At most ${counted(this.#limits.atOnce, 'file is', 'files are')} sent to you at once.`;
        reject(new DarkroomError('TooManyRequests', words));
      }, this.#limits.waitMs);
      signal?.addEventListener('abort', giveUp);
      sent.waiting.push(goOn);
    });
  }

  /** Whoever waits for the place has it at once. */
  #leave(who: string): void {
    const sent = this.#sent.get(who);
    if (sent === undefined) return;
    const [next] = sent.waiting;
    if (next !== undefined) next();
    else if ((sent.open -= 1) === 0) this.#sent.delete(who);
  }

  #watch(file: Readable, hangUp?: () => void): void {
    const { graceMs, bytesPerMs } = this.#limits;
    const startedAt = performance.now();
    let sentBytes = 0;
    const look = () => {
      const leftMs = startedAt + graceMs + sentBytes / bytesPerMs - performance.now();
      if (leftMs > 0) timer = setTimeout(look, leftMs).unref();
      else if (hangUp !== undefined) hangUp();
      else file.destroy(new DarkroomError('RequestTooSlow'));
    };
    let timer = setTimeout(look, graceMs).unref();
    // The stream of the answer pauses the file, so that listening does not set it going.
    file.on('data', (chunk: Buffer) => (sentBytes += chunk.length));
    file.once('close', () => clearTimeout(timer));
  }
}

/**
 * What becomes of the file for its reader. A file that breaks off ends the connection: the server below
 * would write the error, with paths of ours, among the bytes.
 */
function sentOf(file: Readable, { hangUp, brokeOff }: Sending): Readable {
  const sent = new PassThrough();
  sent.once('close', () => file.destroy());
  file.once('error', (error) => {
    brokeOff?.(error);
    if (hangUp === undefined) return sent.destroy(error);
    hangUp();
    return sent.end();
  });
  return file.pipe(sent);
}
