import { DarkroomError, failureOf } from '../domain/failures.js';

/** Rows that are under way at once: Temporal answers each in a few milliseconds. */
const AT_ONCE = 16;

interface Acting<Row> {
  stop: AbortSignal;
  act: (row: Row) => Promise<void>;
  /** Told of a row that failed in a way of its own. */
  onRefusal: (row: Row, error: unknown) => void;
}

/**
 * Acts on rows, several at once, in order. A row that fails in a way of its own does not hold up the
 * others; an outage ends it all.
 */
export async function severalAtOnce<Row>(
  rows: Row[],
  { stop, act, onRefusal }: Acting<Row>,
): Promise<void> {
  const left = rows.values();
  const actOneByOne = async () => {
    for (const row of left) {
      if (stop.aborted) return;
      await act(row).catch((error: unknown) => {
        if (isOutage(error)) throw error;
        onRefusal(row, error);
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, actOneByOne));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function isOutage(error: unknown): boolean {
  return error instanceof DarkroomError && failureOf(error.kind).fault === 'infrastructure';
}
