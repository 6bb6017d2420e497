import type { StepSource } from '../domain/image.js';
import type { CallOptions } from '../net/provider-api.js';

/** Who turns text into vectors. */
export interface EmbeddingProvider {
  readonly source: StepSource;
  readonly dimensions: number;
  /** One vector of `dimensions` numbers a text, in order, each of length 1. */
  embed(texts: string[], options: EmbedOptions): Promise<number[][]>;
}

export interface EmbedOptions extends CallOptions {
  /**
   * Some models want to know whether a text is to be found or asks for others; what is not said is
   * a document.
   */
  purpose?: 'document' | 'query';
}
