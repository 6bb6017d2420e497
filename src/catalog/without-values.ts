import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/**
 * What the driver said of a statement, without the values that the statement had: logs and histories keep
 * errors with their causes, and values are prompts, names of files and secrets of endpoints. Drizzle says
 * all of them, PostgreSQL the row in `detail`, the place in `where` and what it could not read in its words.
 */
export function withoutValues(error: unknown): unknown {
  if (error instanceof DrizzleQueryError) {
    return withoutValues(error.cause ?? new Error('A statement failed without saying why.'));
  }
  return error instanceof pg.DatabaseError ? new StatementRefused(error) : error;
}

/** A `pg.DatabaseError` of which only what names things of the schema is left. */
class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly code: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;

  constructor(refusal: pg.DatabaseError) {
    super(plainWords(refusal));
    this.code = refusal.code;
    this.table = refusal.table;
    this.column = refusal.column;
    this.constraint = refusal.constraint;
    // Where the statement was asked, which the driver knows and we here do not.
    const frames = refusal.stack?.split(refusal.message).at(-1) ?? '';
    this.stack = `${this.name}: ${this.message}${frames}`;
  }
}

/** Data that cannot be read, and words of a query: only these messages repeat what was sent. */
const REPEATS = /^(22|42601)/;

/** Servers quote as their language does; what is quoted stands after the words of the server itself. */
function plainWords({ code = '', message }: pg.DatabaseError): string {
  return REPEATS.test(code) ? message.replace(/\s*["'«»‹›„“”‚‘’「『].*$/s, ' …') : message;
}
