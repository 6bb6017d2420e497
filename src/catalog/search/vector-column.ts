import { createHash } from 'node:crypto';
import { sql, type SQL } from 'drizzle-orm';
import type { VectorSpace } from '../../domain/search.js';

/** What pgvector can index: numbers of four bytes up to here, of two bytes up to there. */
const MOST_FULL = 2_000;
const MOST_HALF = 4_000;

export interface VectorColumn {
  /** The column `vector` as the index of the space has it. */
  column: SQL;
  /** A vector, given as text, of the same type. */
  type: SQL;
  operators: string;
  isIndexed: boolean;
}

/** Vectors of all models share one column, so queries and indexes say which type those of one are. */
export function vectorColumn({ dims }: VectorSpace): VectorColumn {
  if (!Number.isInteger(dims) || dims < 1) throw new Error(`a vector cannot have ${dims} numbers`);
  const half = dims > MOST_FULL && dims <= MOST_HALF;
  const type = sql.raw(half ? `halfvec(${dims})` : `vector(${dims})`);
  return {
    column: sql`("vector"::${type})`,
    type,
    operators: half ? 'halfvec_cosine_ops' : 'vector_cosine_ops',
    isIndexed: dims <= MOST_HALF,
  };
}

/** Literals, so that the planner can match them with the partial index of the space. */
export function inSpace({ model, dims }: VectorSpace): SQL {
  return sql.raw(`(model = '${model.replaceAll("'", "''")}' and dims = ${dims})`);
}

/** Its name begins with as much of the model's as is fit for one, and is the model's alone. */
export function indexName({ model, dims }: VectorSpace): string {
  const words = model.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  const hash = createHash('sha256').update(`${model} ${dims}`).digest('hex').slice(0, 8);
  return `image_embeddings_${words.slice(0, 30)}_${hash}`;
}
