import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DarkroomError } from '../domain/failures.js';
import type { EncoderIsUp, EncoderMessage, EncoderReply, EncoderRequest } from './encoder-jobs.js';

/** The compiled program, seen from src/ (vitest) and from dist/ alike: a child has no TypeScript loader. */
const PROGRAM = fileURLToPath(new URL('../../dist/imaging/encoder-process.js', import.meta.url));

/**
 * Nothing is inherited, so that no secret lies in the memory of a decoder that a hostile picture takes over. It keeps
 * none from one that looks around: the same user may read the environment of our worker (SECURITY.md).
 */
const ENVIRONMENT = {
  // Switches off the loaders that libvips itself calls unsafe (SVG among them).
  VIPS_BLOCK_UNTRUSTED: '1',
  // One encode at a time, and the files around it.
  UV_THREADPOOL_SIZE: '2',
  // glibc's arena per thread would keep freed pixels.
  MALLOC_ARENA_MAX: '1',
};

/**
 * One encoder process and the job it works on. A job that ends by abort, time-out or close has taken
 * the process with it: when its promise rejects, nothing writes any more.
 */
export class Encoder {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #job: RunningJob | undefined;
  /** It has loaded its program; no image has reached it before. */
  #up = false;
  /** Why we killed it; without a reason it died by itself or by another's hand. */
  #killedFor: { reason: unknown } | undefined;

  /** `onGone` gets the words for the log when the process was lost, nothing when we killed it. */
  constructor(onGone: (lost: string | undefined) => void) {
    this.#child = fork(PROGRAM, [], {
      env: ENVIRONMENT,
      // It collects its garbage between jobs (see encoder-process.ts).
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: EncoderReply | EncoderIsUp) => {
      if ('ready' in message) this.#up = true;
      else this.#receive(message);
    });
    this.#gone = this.#end().then((how) => {
      const lost = `The encoder process ${how}.`;
      const killed = this.#killedFor;
      // One that was never up is the machine's fault, and not that of the image it was to work on.
      const kind = this.#up ? 'EncoderCrashed' : 'EncoderUnavailable';
      this.#job?.reject(killed ? killed.reason : new DarkroomError(kind, lost));
      this.#job = undefined;
      onGone(killed ? undefined : lost);
    });
    this.#holdEventLoop(false);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  /**
   * Sends one job and resolves with its output.
   * @param onNeed called with the megapixels that the job is about to decode; it waits for `grantRoom`
   * @throws what `EncoderReply` says, or why it was killed.
   */
  perform(request: EncoderRequest, onNeed: (megapixels: number) => void): Promise<unknown> {
    this.#holdEventLoop(true);
    return new Promise<unknown>((resolve, reject) => {
      this.#job = { id: request.id, resolve, reject, onNeed };
      this.#send(request);
    });
  }

  grantRoom(): void {
    if (this.#job !== undefined) this.#send({ id: this.#job.id, roomGranted: true });
  }

  /** SIGKILL, because a native encode hears nothing else. Resolves when the process is gone. */
  kill(reason: unknown): Promise<void> {
    this.#killedFor ??= { reason };
    // Whoever waits for the end of an idle process has perhaps nothing else to wait for.
    this.#holdEventLoop(true);
    // Node sends the signal of a process that never started to 0, which is everybody in our group.
    if (this.pid !== undefined) this.#child.kill('SIGKILL');
    return this.#gone;
  }

  /**
   * A process that is dying refuses the message; its exit then rejects the job. One that could not be
   * started says so in the next tick, and has nothing to send with when handles were the reason.
   */
  #send(message: EncoderMessage): void {
    if (this.pid !== undefined) this.#child.send(message, () => {});
  }

  #receive(reply: EncoderReply): void {
    const job = this.#job;
    // What finished in the moment of its kill stays killed: `exit` rejects it.
    if (job?.id !== reply.id || this.#killedFor !== undefined) return;
    if ('needsMegapixels' in reply) return job.onNeed(reply.needsMegapixels);
    this.#job = undefined;
    this.#holdEventLoop(false);
    if ('ok' in reply) job.resolve(reply.ok);
    else job.reject(new DarkroomError(reply.failed.kind, reply.failed.message));
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
      });
      this.#child.on('error', (error) => {
        // A process that never started has no pid and no exit; of any other error `exit` tells more.
        if (this.#child.pid === undefined) resolve(`could not be started: ${error.message}`);
      });
    });
  }

  /** An idle encoder must not keep a program alive that has nothing else to do. */
  #holdEventLoop(hold: boolean): void {
    if (hold) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }
}

interface RunningJob {
  id: number;
  resolve: (output: unknown) => void;
  reject: (reason: unknown) => void;
  onNeed: (megapixels: number) => void;
}
