import type { StepSource } from '../domain/image.js';

/** Who turns text into vectors. */
export interface EmbeddingProvider {
  readonly source: StepSource;
  readonly dimensions: number;
  /** One vector of `dimensions` numbers a text, in order, each of length 1. */
  embed(texts: string[], options: { signal?: AbortSignal }): Promise<number[][]>;
}
