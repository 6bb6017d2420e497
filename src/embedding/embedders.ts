import type { VectorSpace } from '../domain/search.js';
import { openBuiltinEmbedding } from './builtin.js';
import type { EmbeddingProvider } from './embedding.js';

/** Who turns queries into vectors: vectors of one model mean nothing to another. */
export interface Embedders {
  /** By whom images are embedded today. */
  readonly configured: EmbeddingProvider;
  /** Whoever can still make vectors that compare with these; nobody for a provider that is gone. */
  of(space: VectorSpace): EmbeddingProvider | undefined;
}

export function openEmbedders(): Embedders {
  const builtin = openBuiltinEmbedding();
  return {
    configured: builtin,
    of: (space) => [builtin].find((provider) => makes(provider, space)),
  };
}

/** Whether the provider's vectors are of this space. */
export function makes({ source, dimensions }: EmbeddingProvider, space: VectorSpace): boolean {
  return source.model === space.model && dimensions === space.dims;
}

export function spaceOf({ source, dimensions }: EmbeddingProvider): VectorSpace {
  return { provider: source.provider, model: source.model, dims: dimensions };
}
