import { sql, type SQL } from 'drizzle-orm';
import type { VectorSpace } from '../../domain/search.js';
import type { Database } from '../postgres.js';
import { inSpace } from './vector-column.js';

/** Vectors as pgvector wrote them, of one image. */
export interface StoredVector {
  space: VectorSpace;
  vector: number[];
}

/** Jumps from one to the next in the index, whatever the number of vectors. */
export async function vectorSpaces(database: Database): Promise<VectorSpace[]> {
  const { rows } = await database.execute<{ provider: string; model: string; dims: number }>(sql`
    with recursive spaces as (
      (select provider, model, dims from image_embeddings order by model, dims limit 1)
      union all
      (select more.provider, more.model, more.dims from spaces cross join lateral (
        select provider, model, dims from image_embeddings
        where (image_embeddings.model, image_embeddings.dims) > (spaces.model, spaces.dims)
        order by model, dims limit 1
      ) more)
    )
    select provider, model, dims from spaces`);
  return rows.map(({ provider, model, dims }) => ({ provider, model, dims }));
}

/**
 * Whether every described living image that has a vector of another space has one of this space
 * too: whatever could be found by the others can be found by this one.
 */
export async function isComplete(database: Database, space: VectorSpace): Promise<boolean> {
  const { rows } = await database.execute<{ lacking: boolean }>(sql`
    select exists (
      select 1 from images
      where deleted_at is null and description is not null
        and exists (${vectorsOfImage(sql`not ${inSpace(space)}`)})
        and not exists (${vectorsOfImage(inSpace(space))})
    ) as lacking`);
  return rows[0]?.lacking === false;
}

function vectorsOfImage(which: SQL): SQL {
  return sql`select 1 from image_embeddings where image_id = images.id and ${which}`;
}

export async function vectorsOf(database: Database, imageId: string): Promise<StoredVector[]> {
  const { rows } = await database.execute<{
    provider: string;
    model: string;
    dims: number;
    vector: string;
  }>(sql`select provider, model, dims, vector::text from image_embeddings
    where image_id = ${imageId}`);
  return rows.map(({ vector, ...space }) => ({ space, vector: JSON.parse(vector) as number[] }));
}

/** In one statement: short enough for whoever waits for its locks. */
const BATCH = 5_000;

/**
 * Removes the vectors of other spaces once this one is complete. A space that somebody has written
 * to within the hour is in use still, by a worker whose configuration is an older or newer one.
 * @returns how many were removed
 */
export async function removeReplaced(database: Database, space: VectorSpace): Promise<number> {
  const others = (await vectorSpaces(database)).filter(
    ({ model, dims }) => model !== space.model || dims !== space.dims,
  );
  if (others.length === 0 || !(await isComplete(database, space))) return 0;
  let removed = 0;
  for (const other of others) {
    if (await isWritten(database, other)) continue;
    for (;;) {
      const { rowCount } = await database.execute(sql`
        delete from image_embeddings where ctid = any(array(
          select ctid from image_embeddings where ${inSpace(other)} limit ${BATCH}))`);
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < BATCH) break;
    }
  }
  return removed;
}

async function isWritten(database: Database, space: VectorSpace): Promise<boolean> {
  const { rows } = await database.execute<{ written: boolean }>(sql`
    select exists (select 1 from image_embeddings
      where ${inSpace(space)} and created_at > now() - interval '1 hour') as written`);
  return rows[0]?.written === true;
}
