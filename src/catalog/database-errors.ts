import { DarkroomError } from '../domain/failures.js';
import { withoutValues } from './without-values.js';

/** Network errors of the driver, and what a server says while it starts, stops or is too busy. */
const OUTAGE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  // This machine has no handle, memory or port left for a connection.
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'EADDRNOTAVAIL',
  'EAGAIN',
  '3D000',
  // A standby that has not taken over yet.
  '25006',
  '57P01',
  '57P02',
  '57P03',
  // Serialization failure and deadlock: the transaction did nothing and may simply run again.
  '40001',
  '40P01',
]);

/**
 * A connection that broke; a server without memory, connections or disk; one whose disk or files fail. A
 * full disk is no `StorageFull`, which sends people to the disk of the pictures.
 */
const OUTAGE_CLASS = /^(08|53|58)[0-9A-Z]{3}$/;

const UNDEFINED_TABLE = '42P01';

/** A NUL in a text, as such and within JSON; a date before 4713 BC or after 294276. */
const CANNOT_BE_HELD = new Set(['22021', '22P05', '22007', '22008', '22009']);

/**
 * The same methods, whose outages become `DatabaseUnavailable` and whose refusals of what somebody sent
 * become `InvalidInput`; of other errors what may be logged.
 */
export function withDatabaseErrors<T extends object>(methods: T): T {
  const wrapped = Object.entries(methods as Record<string, unknown>).map(([name, method]) => [
    name,
    typeof method === 'function' ? translated(method as (...args: never[]) => unknown) : method,
  ]);
  return Object.fromEntries(wrapped) as T;
}

function translated(method: (...args: never[]) => unknown) {
  return async (...args: never[]): Promise<unknown> => {
    try {
      return await method(...args);
    } catch (error) {
      throw databaseError(error);
    }
  };
}

/** `DatabaseUnavailable`, `NotMigrated` or `InvalidInput`; what may be logged of it when it is something else. */
export function databaseError(error: unknown): unknown {
  // Has its kind already, such as that of a storage in the middle of a transaction.
  if (error instanceof DarkroomError) return error;
  const cause = withoutValues(error);
  const codes = causes(cause).map(codeOf);
  if (codes.includes(UNDEFINED_TABLE))
    return new DarkroomError('NotMigrated', undefined, { cause });
  if (codes.some((code) => CANNOT_BE_HELD.has(code ?? ''))) {
    const message = 'It has a character or a date that the database does not hold.';
    return new DarkroomError('InvalidInput', message, { cause });
  }
  const outage = causes(cause).find(isOutage);
  if (outage === undefined) return cause;
  const message = `The database is away: ${outage.message}`;
  return new DarkroomError('DatabaseUnavailable', message, { cause });
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function isOutage(error: Error): boolean {
  const code = codeOf(error);
  if (code !== undefined) return OUTAGE.has(code) || OUTAGE_CLASS.test(code);
  // The driver gives these no code.
  return /connection terminated|query read timeout|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
    error.message,
  );
}

/** The error and everything it wraps: drizzle wraps the driver, the driver wraps several addresses. */
export function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]).flatMap(causes) : [];
  return [error, ...inner, ...causes(error.cause)];
}
