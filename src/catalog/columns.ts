import { sql } from 'drizzle-orm';
import { timestamp, uuid } from 'drizzle-orm/pg-core';

export const instant = (name: string) => timestamp(name, { withTimezone: true });

/** Ordered by time, so that the primary key pages in the order of arrival. */
export const id = () =>
  uuid('id')
    .primaryKey()
    .default(sql`darkroom_uuid()`);
