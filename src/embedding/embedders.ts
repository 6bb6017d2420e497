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

/** @param reopen one of the same provider by another model */
export function openEmbedders({
  configured,
  reopen = () => undefined,
}: {
  configured: EmbeddingProvider;
  reopen?: (space: VectorSpace) => EmbeddingProvider | undefined;
}): Embedders {
  const known = [configured, openBuiltinEmbedding()];
  return {
    configured,
    of: (space) => {
      const found = known.find((provider) => makes(provider, space)) ?? reopen(space);
      if (found !== undefined && !known.includes(found)) known.push(found);
      return found;
    },
  };
}

/** Whether the provider's vectors are of this space. */
export function makes({ source, dimensions }: EmbeddingProvider, space: VectorSpace): boolean {
  return source.model === space.model && dimensions === space.dims;
}

export function spaceOf({ source, dimensions }: EmbeddingProvider): VectorSpace {
  return { provider: source.provider, model: source.model, dims: dimensions };
}
