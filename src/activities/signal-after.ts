/** Aborts as the signal does, so many milliseconds later. */
export function signalAfter(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const begin = () => void setTimeout(() => late.abort(signal.reason), ms).unref();
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return late.signal;
}
