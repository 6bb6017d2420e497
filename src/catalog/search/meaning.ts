import { sql, type SQL } from 'drizzle-orm';
import type { SearchFilter, VectorSpace } from '../../domain/search.js';
import type { Executor } from '../lock-key.js';
import type { Database } from '../postgres.js';
import { narrows, passing } from './filter.js';
import { inSpace, vectorColumn } from './vector-column.js';

export interface FoundByMeaning {
  imageId: string;
  /** Cosine of the angle between the vectors: 1 the same direction, 0 nothing in common. */
  likeness: number;
}

export interface MeaningQuery {
  space: VectorSpace;
  vector: number[];
  filter: SearchFilter;
  limit: number;
  /** What is less alike is not found. */
  minLikeness: number;
  /** Left out: the image that others should be like. */
  except?: string;
}

/**
 * A filter that leaves no more images than this is answered by comparing with each of them, which
 * finds exactly the nearest and is quicker than walking the index past everything that it leaves out.
 */
const COMPARED_ONE_BY_ONE = 4_000;

/**
 * How the index is walked. Measured by `npm run bench -- search`: at 100,000 vectors this breadth
 * finds 0.95 and more of the ten nearest. The scan goes on until the page is full (iterative), up to
 * where it has seen so many that a filter which leaves few would have been compared one by one; order
 * is put right afterwards, so the relaxed one is enough.
 */
const SCAN = {
  'hnsw.ef_search': '120',
  'hnsw.iterative_scan': 'relaxed_order',
  'hnsw.max_scan_tuples': '100000',
  'hnsw.scan_mem_multiplier': '8',
} as const;

/** The images whose vectors are nearest, best first. */
export async function findByMeaning(
  database: Database,
  query: MeaningQuery,
): Promise<FoundByMeaning[]> {
  const { filter, limit, minLikeness } = query;
  const few = narrows(filter) && (await leavesFew(database, filter));
  const found = await database.transaction(async (transaction) => {
    if (!few) await transaction.execute(scanSettings());
    return nearest(transaction, few ? oneByOne(query) : byIndex(query), minLikeness);
  });
  return found.sort((a, b) => b.likeness - a.likeness).slice(0, limit);
}

async function leavesFew(database: Database, filter: SearchFilter): Promise<boolean> {
  const { rows } = await database.execute<{ count: number }>(sql`
    select count(*)::int as count from (
      select 1 from images where ${passing(filter)} limit ${COMPARED_ONE_BY_ONE + 1}
    ) counted`);
  return (rows[0]?.count ?? 0) <= COMPARED_ONE_BY_ONE;
}

/** In this transaction only: the connection is somebody else's afterwards. */
function scanSettings(): SQL {
  const settings = Object.entries(SCAN).map(
    ([name, value]) => sql`set_config(${name}, ${value}, true)`,
  );
  return sql`select ${sql.join(settings, sql`, `)}`;
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

async function nearest(
  executor: Executor,
  statement: SQL,
  minLikeness: number,
): Promise<FoundByMeaning[]> {
  const { rows } = await executor.execute<{ image_id: string; distance: number }>(statement);
  return rows
    .map((row) => ({ imageId: row.image_id, likeness: 1 - row.distance }))
    .filter(({ likeness }) => likeness >= minLikeness);
}
