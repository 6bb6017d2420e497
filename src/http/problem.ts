import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DarkroomError, failureOf, type FailureKind } from '../domain/failures.js';
import { machineFault } from '../domain/machine-faults.js';
import { thrownFirst } from '../domain/thrown-first.js';
import { isForOwners } from '../domain/words-for-owners.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';

/** A failure as RFC 9457 has it, and its kind from the failure table. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  kind: FailureKind;
  requestId: string;
}

/** What a route may have said of a file before it failed. */
const OF_THE_FILE = ['content-disposition', 'etag', 'accept-ranges'];

/** Every failure leaves through here: the table's status and words, and nothing of our insides. */
export function problemAnswer(deps: Pick<HttpDeps, 'report'>) {
  return (error: unknown, c: Context<HttpEnv>): Response => {
    const requestId = c.get('requestId');
    const found = asDarkroomError(error);
    const { status } = failureOf(found.kind);
    if (status >= 500) deps.report?.(error, requestId);
    const problem = problemOf(found, requestId);
    for (const name of OF_THE_FILE) c.header(name, undefined);
    c.header('content-type', 'application/problem+json');
    c.header('cache-control', 'no-store');
    if (status === 401) c.header('www-authenticate', 'Bearer realm="darkroom"');
    const limited = status === 429 && !c.res.headers.has('retry-after');
    if (status === 503 || limited) c.header('retry-after', '5');
    return c.body(JSON.stringify(problem), status as ContentfulStatusCode);
  };
}

function problemOf({ kind, message }: DarkroomError, requestId: string): Problem {
  const { status, says } = failureOf(kind);
  const forPeople = isForOwners(kind) && message !== says;
  return {
    type: `/docs#${kind}`,
    title: says,
    status,
    ...(forPeople && { detail: message }),
    kind,
    requestId,
  };
}

function asDarkroomError(thrown: unknown): DarkroomError {
  const error = thrownFirst(thrown);
  if (error instanceof DarkroomError) return error;
  if (error instanceof HTTPException) {
    const message = error.status < 500 ? error.message : undefined;
    return new DarkroomError(KIND_OF_STATUS[error.status] ?? 'Unexpected', message);
  }
  return machineFault(error) ?? new DarkroomError('Unexpected', undefined, { cause: error });
}

/** What the framework refuses by itself. */
const KIND_OF_STATUS: Partial<Record<number, FailureKind>> = {
  400: 'InvalidInput',
  404: 'RouteNotFound',
  413: 'RequestTooLarge',
  415: 'MediaTypeNotSupported',
};
