import type { SearchCatalog } from '../../catalog/search/search.js';
import type { VectorSpace } from '../../domain/search.js';
import { makes, type Embedders } from '../../embedding/embedders.js';
import type { EmbeddingProvider } from '../../embedding/embedding.js';

export interface QuerySpace {
  space: VectorSpace;
  embedder: EmbeddingProvider;
}

export interface SpacesDeps {
  catalog: { search: Pick<SearchCatalog, 'spaces' | 'isComplete'> };
  embedders: Embedders;
}

/** Asking reads every image, and it changes once in the life of a model. */
const REMEMBERED_MS = 5_000;

/**
 * Whose vectors queries are compared with: those of the configured model, or, while it is still
 * filling in beside another, those of the other as long as somebody can embed a query for it. Nothing
 * when there are no vectors at all.
 */
export function querySpaces({ catalog, embedders }: SpacesDeps) {
  const known = new Map<string, { complete: boolean; until: number }>();
  const isComplete = async (space: VectorSpace): Promise<boolean> => {
    const key = `${space.model} ${space.dims}`;
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > performance.now())
      return remembered.complete;
    const complete = await catalog.search.isComplete(space);
    known.set(key, { complete, until: performance.now() + REMEMBERED_MS });
    return complete;
  };

  return async (): Promise<QuerySpace | undefined> => {
    const { configured } = embedders;
    const spaces = await catalog.search.spaces();
    const ours = spaces.find((space) => makes(configured, space));
    const today = ours && { space: ours, embedder: configured };
    const others = spaces.flatMap((space) => {
      const embedder = space === ours ? undefined : embedders.of(space);
      return embedder === undefined ? [] : [{ space, embedder }];
    });
    const [first] = others;
    if (first === undefined) return today;
    if (today !== undefined && (await isComplete(today.space))) return today;
    for (const other of others) if (await isComplete(other.space)) return other;
    return first;
  };
}
