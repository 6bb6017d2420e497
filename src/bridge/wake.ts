/** One who waits, and many who may wake him; being woken several times at once is being woken once. */
export class Wake {
  #woken = false;
  #rise: () => void = () => undefined;

  readonly up = (): void => {
    this.#woken = true;
    this.#rise();
  };

  /** Resolves when somebody has called since the last time, at the latest after so many milliseconds. */
  async wait(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#rise = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rise = () => undefined;
    this.#woken = false;
  }
}
