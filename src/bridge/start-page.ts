import { DarkroomError, failureOf } from '../domain/failures.js';
import type { Looking } from './bridge.js';

/** Rows that are read together, so that a row of a higher priority soon gets its turn. */
const PAGE = 100;
/** Starts that are under way at once: Temporal answers each in a few milliseconds. */
const AT_ONCE = 16;

interface Page<Row> {
  read: (page: { limit: number; without: string[] }) => Promise<Row[]>;
  start: (row: Row) => Promise<void>;
}

/**
 * Starts one page of rows, in order. A row whose start fails in a way of its own is left out for the
 * rest of this look and does not hold up the others; an outage ends the look.
 * @returns whether there may be more
 */
export async function startPage<Row extends { id: string }>(
  { log, stop }: Looking,
  without: string[],
  { read, start }: Page<Row>,
): Promise<boolean> {
  const rows = await read({ limit: PAGE, without });
  const left = rows.values();
  const startOneByOne = async () => {
    for (const row of left) {
      if (stop.aborted) return;
      await start(row).catch((error: unknown) => {
        if (isOutage(error)) throw error;
        log.warn(`${row.id} could not be started: ${String(error)}`);
        without.push(row.id);
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, startOneByOne));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return rows.length === PAGE;
}

function isOutage(error: unknown): boolean {
  return error instanceof DarkroomError && failureOf(error.kind).fault === 'infrastructure';
}
