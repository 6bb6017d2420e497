import { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';

interface Expected {
  /** What the object is called in messages. */
  name: string;
  /** Of the answer's headers; undefined when the store did not say. */
  sizeBytes: number | undefined;
  /** How long the body may deliver nothing while somebody waits for it. */
  silenceMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * The body, whole or failed: one that is silent, too short, too long or broken off is
 * `StorageUnavailable`. Not left to the SDK, whose bodies have hung for ever without a word
 * (aws-sdk-js-v3#8098) and whose socket time-out counts a reader's pauses as silence.
 */
export function wholeBody(body: Readable, expected: Expected): Readable {
  const { name, sizeBytes, silenceMs, signal } = expected;
  const chunks = body.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer, undefined>;
  let received = 0;

  async function next(): Promise<Buffer | null> {
    const { value } = await orSilence(chunks.next(), name, silenceMs);
    received += value?.length ?? 0;
    const over = sizeBytes !== undefined && received > sizeBytes;
    if (over || (value === undefined && received !== (sizeBytes ?? received))) {
      throw broken(name, `${received} of ${sizeBytes} bytes came`);
    }
    return value ?? null;
  }

  // After the end nobody asks for chunks, and nobody would hear of the connection's last words.
  body.on('error', () => undefined);
  return new Readable({
    ...(signal === undefined ? {} : { signal }),
    read() {
      next().then(
        (chunk) => this.push(chunk),
        (error: unknown) => {
          const brokenOff = `${(error as Error).message} after ${received} of ${sizeBytes} bytes`;
          this.destroy(error instanceof DarkroomError ? error : broken(name, brokenOff, error));
        },
      );
    },
    destroy(error, done) {
      body.destroy();
      done(error);
    },
  });
}

function broken(name: string, words: string, cause?: unknown): DarkroomError {
  return new DarkroomError('StorageUnavailable', `${name}: ${words}`, { cause });
}

async function orSilence<T>(work: Promise<T>, name: string, silenceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(broken(name, `nothing came for ${silenceMs} ms`)), silenceMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
