import type { Looking } from './bridge.js';
import { severalAtOnce } from './several-at-once.js';

/** Rows that are read together, so that a row of a higher priority soon gets its turn. */
const PAGE = 100;

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
  await severalAtOnce(rows, {
    stop,
    act: start,
    onRefusal: ({ id }, error) => {
      log.warn(`${id} could not be started: ${String(error)}`);
      without.push(id);
    },
  });
  return rows.length === PAGE;
}
