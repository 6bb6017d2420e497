export interface StopSignal extends Disposable {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly stopped: Promise<NodeJS.Signals>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns Ctrl-C and SIGTERM into an orderly end, so that `await using` closes what was opened.
 * Impatient people who press Ctrl-C again are told that it is under way.
 */
export function listenForStop(say: (line: string) => void): StopSignal {
  const controller = new AbortController();
  const { promise, resolve } = withResolvers<NodeJS.Signals>();
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) say('stopping, the worker is finishing its steps');
    controller.abort(new Error(`stopped by ${signal}`));
    resolve(signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return {
    signal: controller.signal,
    stopped: promise,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
