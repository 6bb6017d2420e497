import { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import { requestGuarded, type GuardedResponse } from '../net/guarded-request.js';
import type { Network } from '../net/network.js';
import type { ReadOptions } from './generation.js';

export interface OutputSettings {
  /** Also http:, other ports and the addresses of this machine and its network. */
  allowPrivate: boolean;
  /** For a whole picture; five minutes unless said otherwise. */
  timeoutMs?: number;
  network?: Network;
}

const IDLE_TIMEOUT_MS = 30_000;

/** A picture that a provider left at an address, or wrote into the address itself. No token is sent. */
export async function readOutput(
  output: string,
  { signal, maxBytes }: ReadOptions,
  { allowPrivate, timeoutMs = 300_000, network }: OutputSettings,
): Promise<Readable> {
  signal.throwIfAborted();
  if (/^data:/i.test(output)) return Readable.from([dataOf(output, maxBytes)]);
  const response = await requestGuarded(output, {
    ...{ signal, maxBytes, timeoutMs, allowPrivate },
    ...{ idleTimeoutMs: IDLE_TIMEOUT_MS, accept: 'image/*,*/*;q=0.5' },
    ...(network && { network }),
  });
  const problem = problemOf(response, maxBytes);
  if (problem === undefined) return response.stream;
  response.stream.destroy();
  throw problem;
}

/** Gone from where it was; addresses that were signed answer 403 when their time is over. */
const GONE = new Set([403, 404, 410]);
const LATER = new Set([408, 425, 429]);

function problemOf(
  { status, headers, url }: GuardedResponse,
  maxBytes: number,
): DarkroomError | undefined {
  const words = `${url.host} answered ${status} for the picture.`;
  if (GONE.has(status)) return new DarkroomError('ResultExpired', words);
  if (status >= 500 || LATER.has(status)) return new DarkroomError('ProviderUnavailable', words);
  if (status !== 200) return new DarkroomError('ProviderAnswerInvalid', words);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    return new DarkroomError('ProviderAnswerInvalid', `${url.host} answers compressed.`);
  }
  const announced = Number(headers['content-length'] ?? 0);
  return announced > maxBytes ? tooLarge(announced, maxBytes) : undefined;
}

/** `data:image/png;base64,...` */
function dataOf(output: string, maxBytes: number): Buffer {
  const comma = output.indexOf(',');
  const head = output.slice(0, Math.max(0, comma));
  if (!/^data:image\/[\w.+-]+(;[^,;]*)*;base64$/i.test(head)) {
    throw new DarkroomError('ProviderAnswerInvalid', 'The picture is no base64 of an image.');
  }
  const sizeBytes = Math.floor(((output.length - comma - 1) * 3) / 4);
  if (sizeBytes > maxBytes + 2) throw tooLarge(sizeBytes, maxBytes);
  const bytes = Buffer.from(output.slice(comma + 1), 'base64');
  if (bytes.byteLength > maxBytes) throw tooLarge(bytes.byteLength, maxBytes);
  // What is not base64 is left out by Node, and would be a shorter picture.
  if (bytes.byteLength > 0 && bytes.byteLength >= sizeBytes - 2) return bytes;
  throw new DarkroomError('ProviderAnswerInvalid', 'The picture is no base64 of an image.');
}

function tooLarge(sizeBytes: number, maxBytes: number): DarkroomError {
  const words = `The picture has ${sizeBytes} bytes, more than ${maxBytes}.`;
  return new DarkroomError('FileTooLarge', words);
}
