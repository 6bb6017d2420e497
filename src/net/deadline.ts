/** A time limit and a caller's signal in one, which leaves no timer behind when it is disposed. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** @param late what the work fails with when the time is over */
export function openDeadline(
  timeoutMs: number,
  late: () => Error,
  caller: AbortSignal | undefined,
): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(late()), timeoutMs);
  const pass = () => controller.abort(caller?.reason);
  caller?.addEventListener('abort', pass, { once: true });
  if (caller?.aborted) pass();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', pass);
    },
  };
}
