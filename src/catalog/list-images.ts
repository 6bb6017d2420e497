import { and, desc, eq, gte, isNull, lt, type SQL } from 'drizzle-orm';
import { DarkroomError } from '../domain/failures.js';
import { isUuid } from '../domain/ids.js';
import type { ListPage } from './catalog.js';
import type { Having } from './having.js';
import type { Database } from './postgres.js';
import { imageOf } from './rows.js';
import { images } from './schema.js';

/** Keyset paging on the primary key, which is ordered by time: newest first. */
export async function listImages(database: Database, page: ListPage, having: Having) {
  if (page.after !== undefined && !isUuid(page.after)) {
    throw new DarkroomError('InvalidInput', `"${page.after}" is not the id of an image.`);
  }
  const rows = await database
    .select()
    .from(images)
    .where(and(isNull(images.deletedAt), ...conditions(page, having)))
    .orderBy(desc(images.id))
    .limit(page.limit);
  return rows.map(imageOf);
}

function conditions(page: ListPage, having: Having): SQL[] {
  const { after, ownerId, status, tag, color, from, to } = page;
  return [
    ...(after === undefined ? [] : [lt(images.id, after)]),
    ...(ownerId === undefined ? [] : [eq(images.ownerId, ownerId)]),
    ...(status === undefined ? [] : [eq(images.status, status)]),
    ...(tag === undefined ? [] : [having.tags([tag])]),
    ...(color === undefined ? [] : [having.colors([color])]),
    ...(from === undefined ? [] : [gte(images.createdAt, from)]),
    ...(to === undefined ? [] : [lt(images.createdAt, to)]),
  ];
}
