import { and, desc, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import type { ListPage } from './catalog.js';
import type { Database } from './postgres.js';
import { imageOf } from './rows.js';
import { images } from './schema.js';

/** Keyset paging on the primary key, which is ordered by time: newest first. */
export async function listImages(database: Database, page: ListPage) {
  if (page.after !== undefined && !isUuid(page.after)) {
    throw new DarkroomError('InvalidInput', `"${page.after}" is not the id of an image.`);
  }
  const rows = await database
    .select()
    .from(images)
    .where(and(isNull(images.deletedAt), ...conditions(page)))
    .orderBy(desc(images.id))
    .limit(page.limit);
  return rows.map(imageOf);
}

function conditions({ after, ownerId, status, tag, color, from, to }: ListPage): SQL[] {
  return [
    ...(after === undefined ? [] : [lt(images.id, after)]),
    ...(ownerId === undefined ? [] : [eq(images.ownerId, ownerId)]),
    ...(status === undefined ? [] : [eq(images.status, status)]),
    // "Contains", which the indexes on these lists answer.
    ...(tag === undefined ? [] : [sql`${images.tags} @> array[${tag}]::text[]`]),
    ...(color === undefined ? [] : [sql`${images.colorNames} @> array[${color}]::text[]`]),
    ...(from === undefined ? [] : [gte(images.createdAt, from)]),
    ...(to === undefined ? [] : [lt(images.createdAt, to)]),
  ];
}
