import { sql, type SQL } from 'drizzle-orm';
import type { Database } from '../postgres.js';
import { HAVING } from '../having.js';
import { passing, type ImageFilter } from './filter.js';

export interface FoundByWords {
  imageId: string;
  /** 1 for the best; equals have the same. */
  rank: number;
  /** Those of the query's words that the image has. */
  words: string[];
}

/** The last word may be the beginning of one that is still being typed, but not of every other. */
const SHORTEST_BEGINNING = 3;

/**
 * Images that have at least one of the words: most words first, then by how prominent they are. The
 * beginning of a word counts half.
 * @param words letters and digits only
 */
export async function findByWords(
  database: Database,
  words: string[],
  filter: ImageFilter,
  limit: number,
): Promise<FoundByWords[]> {
  if (words.length === 0) return [];
  const whole = words.map((word) => sql`plainto_tsquery('english', ${word})`);
  const beginning = beginningOf(words.at(-1) ?? '');
  const any = sql.join([...whole, ...(beginning === undefined ? [] : [beginning])], sql` || `);
  const has = HAVING.words;
  const { having = HAVING } = filter;
  const last = whole.at(-1);
  const begun =
    beginning === undefined || last === undefined
      ? sql`false`
      : sql`(${has(beginning)} and not ${has(last)})`;
  const matches = sql.join(whole.map(has), sql`, `);
  const { rows } = await database.execute<{
    id: string;
    rank: string;
    matches: boolean[];
    begun: boolean;
  }>(sql`
    select id, matches, begun, rank() over (order by coverage desc, weight desc) as rank
    from (
      select images.id, array[${matches}] as matches, ${begun} as begun,
        ${sql.join(
          whole.map((query) => sql`(${has(query)})::int`),
          sql` + `,
        )} + 0.5 * (${begun})::int as coverage,
        ts_rank(images.words, ${any}) as weight
      from images where ${having.words(sql`(${any})`)} and ${passing(filter)}
    ) found
    order by coverage desc, weight desc, id desc
    limit ${limit}`);
  return rows.map((row) => ({
    imageId: row.id,
    rank: Number(row.rank),
    words: words.filter(
      (_, at) => row.matches[at] === true || (row.begun && at === words.length - 1),
    ),
  }));
}

function beginningOf(word: string): SQL | undefined {
  if ([...word].length < SHORTEST_BEGINNING) return undefined;
  return sql`to_tsquery('english', ${`'${word}':*`})`;
}
