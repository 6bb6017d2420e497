import { sql, type SQL } from 'drizzle-orm';
import { images } from './schema.js';

/**
 * Conditions that are answered by inverted indexes, in a statement that reads from `images`. In a
 * transaction of an owner policies keep the planner from these, and functions of the database ask
 * them instead (migration 0014_owners).
 */
export interface Having {
  words: (query: SQL) => SQL;
  tags: (all: string[]) => SQL;
  colors: (any: string[]) => SQL;
}

export const HAVING: Having = {
  words: (query) => sql`images.words @@ ${query}`,
  tags: (all) => sql`${images.tags} @> ${sql.param(all)}::text[]`,
  colors: (any) => sql`${images.colorNames} && ${sql.param(any)}::text[]`,
};

export const HAVING_OF_OWNER: Having = {
  words: (query) => sql`images.id in (select darkroom_having_words(${query}))`,
  tags: (all) => sql`images.id in (select darkroom_having_tags(${sql.param(all)}::text[]))`,
  colors: (any) => sql`images.id in (select darkroom_having_a_color(${sql.param(any)}::text[]))`,
};
