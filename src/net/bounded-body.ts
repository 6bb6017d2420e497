import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Deadline } from './deadline.js';
import { silentFor, sourceError, tooLarge } from './source-errors.js';

export interface BodyLimits {
  maxBytes: number;
  /** Counted only while the reader waits, so that a busy reader is not taken for a silent site. */
  idleTimeoutMs: number;
}

/** The body as it arrives, within its limits. It ends the deadline, and destroying it the connection. */
export function boundedBody(
  response: IncomingMessage,
  url: URL,
  { maxBytes, idleTimeoutMs }: BodyLimits,
  deadline: Deadline,
): Readable {
  let sizeBytes = 0;
  let silence: NodeJS.Timeout | undefined;
  const waitForMore = () => {
    clearTimeout(silence);
    silence = setTimeout(() => body.destroy(silentFor(idleTimeoutMs, url)), idleTimeoutMs);
  };
  const stop = () => body.destroy(deadline.signal.reason as Error);
  const body = new Readable({
    read() {
      waitForMore();
      response.resume();
    },
    destroy(error, done) {
      clearTimeout(silence);
      deadline.signal.removeEventListener('abort', stop);
      deadline[Symbol.dispose]();
      response.destroy();
      done(error);
    },
  });

  response.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) body.destroy(tooLarge(maxBytes));
    else if (body.push(chunk)) waitForMore();
    else {
      clearTimeout(silence);
      response.pause();
    }
  });
  response.pause();
  response.on('end', () => {
    clearTimeout(silence);
    body.push(null);
  });
  response.on('error', (error) => body.destroy(sourceError(error, url)));
  // A deadline that passes before anybody reads must not end the process; the reader is told later.
  body.on('error', () => undefined);
  deadline.signal.addEventListener('abort', stop, { once: true });
  if (deadline.signal.aborted) stop();
  return body;
}
