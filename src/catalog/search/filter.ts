import { and, eq, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { SearchFilter } from '../../domain/search.js';
import { HAVING, type Having } from '../having.js';
import { images } from '../schema.js';

/** What a search leaves, and how it asks for it. */
export interface ImageFilter extends SearchFilter {
  having?: Having;
}

/** Living images that pass the filter, in a statement that reads from `images`. */
export function passing(filter: ImageFilter): SQL {
  const { ownerId, tags = [], color, from, to, having = HAVING } = filter;
  const conditions = and(
    isNull(images.deletedAt),
    ownerId === undefined ? undefined : eq(images.ownerId, ownerId),
    tags.length === 0 ? undefined : having.tags(tags),
    color === undefined ? undefined : having.colors([color]),
    from === undefined ? undefined : gte(images.createdAt, from),
    to === undefined ? undefined : lt(images.createdAt, to),
  );
  return conditions ?? sql`true`;
}

export function narrows({ ownerId, tags = [], color, from, to }: SearchFilter): boolean {
  return tags.length > 0 || [ownerId, color, from, to].some((given) => given !== undefined);
}
