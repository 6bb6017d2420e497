import { failureOf, knownKind, type FailureKind } from './failures.js';

interface Failed {
  kind: string;
  message: string;
}

/** Of bytes, of a request, or what a provider says of a picture: what was found in them names no place. */
const ABOUT_THEIRS: ReadonlySet<FailureKind> = new Set<FailureKind>([
  ...(['ImageEmpty', 'NotAnImage', 'UnsupportedFormat', 'ImageCorrupt'] as const),
  ...(['FileTooLarge', 'TooManyPixels', 'AddressNotAllowed'] as const),
  ...(['EncoderCrashed', 'ImageKillsEncoder', 'EncoderOutOfMemory', 'EncodeTimedOut'] as const),
  ...(['ContentRejected', 'PredictionFailed', 'PredictionTimedOut'] as const),
]);

/**
 * Whether what was found out may be told to somebody who runs nothing here. Of all else it may name servers,
 * folders and accounts of ours; administrators have it, and the log.
 */
export function isForOwners(kind: string): boolean {
  const known = knownKind(kind);
  return failureOf(known).fault === 'request' || ABOUT_THEIRS.has(known);
}

/** A failure as it is told to owners: where what was found may name us, in the table's words. */
export function forOwners<F extends Failed>(failure: F): F {
  return isForOwners(failure.kind)
    ? failure
    : { ...failure, message: failureOf(knownKind(failure.kind)).says };
}

/** What an event tells them; the payloads are put together by the database, from the rows. */
export function eventForOwners(payload: Record<string, unknown>): Record<string, unknown> {
  const { failure, failures } = payload;
  return {
    ...payload,
    ...(isFailed(failure) && { failure: forOwners(failure) }),
    ...(Array.isArray(failures) && {
      failures: failures.map((it: unknown) => (isFailed(it) ? forOwners(it) : it)),
    }),
  };
}

function isFailed(value: unknown): value is Failed {
  const { kind, message } = (value ?? {}) as Partial<Failed>;
  return typeof kind === 'string' && typeof message === 'string';
}
