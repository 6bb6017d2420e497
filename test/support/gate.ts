/** Holds whoever comes until it is opened, and says who waits. */
export interface Gate {
  readonly waiting: number;
  pass(signal?: AbortSignal): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let waiting = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    get waiting() {
      return waiting;
    },
    pass: async (signal) => {
      waiting += 1;
      const aborted = new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      await Promise.race([opened, aborted]);
    },
    open: () => open(),
  };
}
