import { failureOf, knownKind } from './failures.js';

interface Failed {
  kind: string;
  message: string;
}

/** Whether what was found out is about servers of ours, and may name them; administrators have the log. */
export function isAboutUs(kind: string): boolean {
  const known = knownKind(kind);
  return known === 'Unexpected' || failureOf(known).fault === 'infrastructure';
}

/** A failure as it is told to somebody who runs nothing here: where it names us, in the table's words. */
export function forOwners<F extends Failed>(failure: F): F {
  return isAboutUs(failure.kind)
    ? { ...failure, message: failureOf(knownKind(failure.kind)).says }
    : failure;
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
