import { DarkroomError } from '../domain/failures.js';

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
  '3D000',
  // A standby that has not taken over yet; a full disk; no memory; no connections left.
  '25006',
  '53100',
  '53200',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  // Serialization failure and deadlock: the transaction did nothing and may simply run again.
  '40001',
  '40P01',
]);

const UNDEFINED_TABLE = '42P01';

/** A NUL in a text, as such and within JSON; a date before 4713 BC or after 294276. */
const CANNOT_BE_HELD = new Set(['22021', '22P05', '22007', '22008', '22009']);

/**
 * The same methods, whose outages become `DatabaseUnavailable` and whose refusals of what somebody sent
 * become `InvalidInput`; other errors pass unchanged.
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

/** `DatabaseUnavailable`, `NotMigrated` or `InvalidInput`; the error itself when it is something else. */
export function databaseError(error: unknown): unknown {
  // Has its kind already, such as that of a storage in the middle of a transaction.
  if (error instanceof DarkroomError) return error;
  const outage = causes(error).find(isOutage);
  if (causes(error).some((cause) => codeOf(cause) === UNDEFINED_TABLE)) {
    return new DarkroomError('NotMigrated', undefined, { cause: error });
  }
  if (causes(error).some((cause) => CANNOT_BE_HELD.has(codeOf(cause) ?? ''))) {
    const message = 'It has a character or a date that the database does not hold.';
    return new DarkroomError('InvalidInput', message, { cause: error });
  }
  if (outage === undefined) return error;
  return new DarkroomError('DatabaseUnavailable', `The database is away: ${outage.message}`, {
    cause: error,
  });
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function isOutage(error: Error): boolean {
  const code = codeOf(error);
  if (code !== undefined) return OUTAGE.has(code) || code.startsWith('08');
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
