/**
 * The same answer for all gauges of one scrape, and for scrapers that come at once or too often.
 * @param otherwise what a read that failed gives
 */
export function fresh<T>(read: () => Promise<T>, forMs: number, otherwise: T): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > forMs) {
      last = { at: performance.now(), answer: read().catch(() => otherwise) };
    }
    return last.answer;
  };
}
