/** Proxies and people give up on an answer after a minute. */
const PATIENCE_MS = 50_000;

/** What the work ended with; `undefined` when it takes longer than anybody waits, and goes on. */
export async function within<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ms = PATIENCE_MS,
): Promise<T | undefined> {
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
      patience.abort();
    }, ms);
  });
  const working = work(patience.signal);
  // Nobody waits for it then, so nobody else would hear how it ended.
  working.catch(() => undefined);
  return Promise.race([working, late]).finally(() => clearTimeout(timer));
}
