/** Answers that many people look at, asked for once in a while and not by each of them. */
export class Memory {
  readonly #forgetting: (() => void)[] = [];

  /** Asks again when the last answer came longer ago than that; until it comes, all wait for the same. */
  keep<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
    let kept: Kept<T> | undefined;
    this.#forgetting.push(() => (kept = undefined));
    return () => {
      // One that is on its way is not old yet.
      const cameAt = kept?.cameAt ?? Infinity;
      if (kept !== undefined && performance.now() - cameAt < forMs) return kept.answer;
      const mine: Kept<T> = { answer: ask() };
      kept = mine;
      mine.answer.then(
        () => (mine.cameAt = performance.now()),
        () => {
          // A failure is not kept: whoever asks next may have better luck.
          if (kept === mine) kept = undefined;
        },
      );
      return mine.answer;
    };
  }

  /** Whoever changed something sees it changed on the next page. */
  forget(): void {
    for (const forget of this.#forgetting) forget();
  }
}

interface Kept<T> {
  answer: Promise<T>;
  /** Absent while it is waited for. */
  cameAt?: number;
}
