import { DarkroomError, type FailureKind } from '../domain/failures.js';
import { nameOf } from './checked-url.js';

/** No handle or memory is left for a connection, whoever it is to: no fault of an image, nor of a site. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS']);

/** What a connection died of, by its kind; the address without what may be secret in it. */
export function sourceError(error: unknown, url: URL): DarkroomError {
  if (error instanceof DarkroomError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const words = `${nameOf(url)} cannot be read: ${code ?? message}`;
  const kind = OURS.has(code ?? '') ? 'StorageUnavailable' : 'SourceUnavailable';
  return new DarkroomError(kind, words, { cause: error });
}

/** Too many requests, too early, too slow: the same request may succeed later. */
const LATER = new Set([408, 425, 429]);

/** `undefined` when the answer is the one that was asked for. */
export function statusError(status: number, url: URL): DarkroomError | undefined {
  if (status >= 200 && status < 300) return undefined;
  return new DarkroomError(kindOfStatus(status), `${nameOf(url)} answered ${status}`);
}

function kindOfStatus(status: number): FailureKind {
  if (status === 404 || status === 410) return 'OriginalMissing';
  return status >= 500 || LATER.has(status) ? 'SourceUnavailable' : 'OriginalUnreadable';
}

export function silentFor(idleTimeoutMs: number, url: URL): DarkroomError {
  const words = `${nameOf(url)} sent nothing for ${idleTimeoutMs} ms`;
  return new DarkroomError('SourceUnavailable', words);
}

export function tooLarge(maxBytes: number): DarkroomError {
  const limit = maxBytes < 1_000_000 ? `${maxBytes} bytes` : `${Math.round(maxBytes / 1e6)} MB`;
  return new DarkroomError('FileTooLarge', `The file is larger than ${limit}, the limit.`);
}
