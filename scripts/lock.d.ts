/** Runs `work` while holding the lock file, waiting for a holder that is alive. */
export function withLock<T>(
  file: string,
  options: { onWait: () => void; work: () => Promise<T> },
): Promise<T>;
