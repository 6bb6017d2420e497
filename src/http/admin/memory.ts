/** Answers that many people look at, asked for once in a while and not by each of them. */
export class Memory {
  readonly #forgetting: (() => void)[] = [];

  /** Asks again when the last answer is older than that; those who ask at once share one answer. */
  keep<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
    let answer: Promise<T> | undefined;
    let askedAt = 0;
    this.#forgetting.push(() => (answer = undefined));
    return () => {
      if (answer !== undefined && performance.now() - askedAt < forMs) return answer;
      askedAt = performance.now();
      const asked = ask();
      answer = asked;
      // A failure is not kept: whoever asks next may have better luck.
      asked.catch(() => {
        if (answer === asked) answer = undefined;
      });
      return asked;
    };
  }

  /** Whoever changed something sees it changed on the next page. */
  forget(): void {
    for (const forget of this.#forgetting) forget();
  }
}
