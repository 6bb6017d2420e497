/** Asks again when the last answer is older than that; those who ask at once share one answer. */
export function remembered<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    if (answer !== undefined && Date.now() - askedAt < forMs) return answer;
    askedAt = Date.now();
    const asked = ask();
    answer = asked;
    // A failure is not remembered: whoever asks next may have better luck.
    asked.catch(() => {
      if (answer === asked) answer = undefined;
    });
    return asked;
  };
}
