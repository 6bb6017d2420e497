import { and, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { SearchFilter } from '../../domain/search.js';
import { images } from '../schema.js';

/** Living images that pass the filter, in a statement that reads from `images`. */
export function passing({ ownerId, tags = [], color, from, to }: SearchFilter): SQL {
  const conditions = and(
    isNull(images.deletedAt),
    ownerId === undefined ? undefined : eq(images.ownerId, ownerId),
    tags.length === 0 ? undefined : sql`${images.tags} @> ${sql.param(tags)}::text[]`,
    color === undefined ? undefined : sql`${images.colorNames} @> array[${color}]::text[]`,
    from === undefined ? undefined : gte(images.createdAt, from),
    to === undefined ? undefined : lt(images.createdAt, to),
  );
  return conditions ?? sql`true`;
}

export function narrows({ ownerId, tags = [], color, from, to }: SearchFilter): boolean {
  return tags.length > 0 || [ownerId, color, from, to].some((given) => given !== undefined);
}
