import { sql, type SQL } from 'drizzle-orm';
import type { VectorSpace } from '../../domain/search.js';
import type { Executor } from '../lock-key.js';
import type { Database } from '../postgres.js';
import { narrows, passing, type ImageFilter } from './filter.js';
import { inSpace, vectorColumn } from './vector-column.js';

export interface FoundByMeaning {
  imageId: string;
  /** Cosine of the angle between the vectors: 1 the same direction, 0 nothing in common. */
  likeness: number;
}

export interface MeaningQuery {
  space: VectorSpace;
  vector: number[];
  filter: ImageFilter;
  limit: number;
  /** What is less alike is not found. */
  minLikeness: number;
  /** Left out: the image that others should be like. */
  except?: string;
}

/**
 * A filter that leaves no more images than this is answered by comparing with each of them: that finds
 * exactly the nearest, and takes 4 ms for 1,000 of 100,000, where walking the index past everything
 * that the filter leaves out takes 21.
 */
const COMPARED_ONE_BY_ONE = 4_000;

/**
 * How the nearest are looked for. Measured by `npm run bench -- search`: at 100,000 vectors this
 * breadth finds 99 of 100. The scan goes on until the page is full (iterative), as long as a filter
 * leaves enough not to be compared one by one; order is put right afterwards, so the relaxed one is
 * enough. The planner is told that pages are read at random about as fast as in order, as from memory;
 * otherwise it reads whole tables for the sake of 1,000 rows.
 */
const SETTINGS = {
  'hnsw.ef_search': '120',
  'hnsw.iterative_scan': 'relaxed_order',
  'hnsw.max_scan_tuples': '100000',
  'hnsw.scan_mem_multiplier': '8',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
} as const;

/** The images whose vectors are nearest, best first. */
export async function findByMeaning(
  database: Database,
  query: MeaningQuery,
): Promise<FoundByMeaning[]> {
  const { filter, limit, minLikeness } = query;
  const found = await database.transaction(async (transaction) => {
    await transaction.execute(settings());
    if (narrows(filter) && (await leavesFew(transaction, filter))) {
      return nearest(transaction, oneByOne(query));
    }
    const walked = await nearest(transaction, byIndex(query));
    // The walk ends early where no way leads on, as between groups of vectors that are far apart.
    return walked.length < limit ? nearest(transaction, oneByOne(query)) : walked;
  });
  return found
    .filter(({ likeness }) => likeness >= minLikeness)
    .sort((a, b) => b.likeness - a.likeness);
}

async function leavesFew(executor: Executor, filter: ImageFilter): Promise<boolean> {
  const { rows } = await executor.execute<{ count: number }>(sql`
    select count(*)::int as count from (
      select 1 from images where ${passing(filter)} limit ${COMPARED_ONE_BY_ONE + 1}
    ) counted`);
  return (rows[0]?.count ?? 0) <= COMPARED_ONE_BY_ONE;
}

/** In this transaction only: the connection is somebody else's afterwards. */
function settings(): SQL {
  const each = Object.entries(SETTINGS).map(
    ([name, value]) => sql`set_config(${name}, ${value}, true)`,
  );
  return sql`select ${sql.join(each, sql`, `)}`;
}

function byIndex({ space, vector, filter, limit, except }: MeaningQuery): SQL {
  return sql`
    select image_embeddings.image_id, ${distanceTo(space, vector)} as distance
    from image_embeddings join images on images.id = image_embeddings.image_id
    where ${inSpace(space)} and ${passing(filter)} and ${others(except)}
    order by ${distanceTo(space, vector)} limit ${limit}`;
}

/** Materialized, or the planner might take the index after all, for the sake of the order. */
function oneByOne({ space, vector, filter, limit, except }: MeaningQuery): SQL {
  return sql`
    with compared as materialized (
      select image_embeddings.image_id, ${distanceTo(space, vector)} as distance
      from images join image_embeddings on image_embeddings.image_id = images.id
      where ${inSpace(space)} and ${passing(filter)} and ${others(except)}
    )
    select image_id, distance from compared order by distance limit ${limit}`;
}

function distanceTo(space: VectorSpace, vector: number[]): SQL {
  const { column, type } = vectorColumn(space);
  return sql`${column} <=> ${`[${vector.join(',')}]`}::${type}`;
}

function others(except: string | undefined): SQL {
  return except === undefined ? sql`true` : sql`images.id <> ${except}::uuid`;
}

async function nearest(executor: Executor, statement: SQL): Promise<FoundByMeaning[]> {
  const { rows } = await executor.execute<{ image_id: string; distance: number }>(statement);
  return rows.map((row) => ({ imageId: row.image_id, likeness: 1 - row.distance }));
}
