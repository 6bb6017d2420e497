import { sql } from 'drizzle-orm';
import type { WantedColor } from '../../domain/color-query.js';
import type { Database } from '../postgres.js';
import { HAVING } from '../having.js';
import { passing, type ImageFilter } from './filter.js';

export interface FoundByColors {
  imageId: string;
  rank: number;
  /** The colours that it has of those that were asked for, and how much of the picture has each. */
  colors: { name: string; share: number }[];
}

/** Less of a colour, as much as it is worth, is not what somebody asks for. */
const LEAST = 0.04;

/** Images that have at least one of the colours: most colours first, then the most of them. */
export async function findByColors(
  database: Database,
  wanted: WantedColor[],
  filter: ImageFilter,
  limit: number,
): Promise<FoundByColors[]> {
  if (wanted.length === 0) return [];
  const { having = HAVING } = filter;
  const names = [...new Set(wanted.flatMap(({ shades }) => shades.map(({ name }) => name)))];
  const amounts = wanted.map(({ shades }) => {
    const parts = shades.map(({ name, worth }) => sql`${worth}::float8 * ${shareOf(name)}`);
    return sql`least(1, ${sql.join(parts, sql` + `)})`;
  });
  const { rows } = await database.execute<{
    id: string;
    rank: string;
    names: string[];
    shares: number[] | null;
  }>(sql`
    select id, names, shares, rank() over (order by amount desc) as rank
    from (
      select id, names, shares,
        -- Whole numbers count the colours, what is behind the point how much there is of them.
        (select sum(ceil(part) + part / ${wanted.length + 1}) from unnest(amounts) part
          where part >= ${LEAST}) as amount
      from (
        select images.id, images.color_names as names, images.color_shares as shares,
          array[${sql.join(amounts, sql`, `)}] as amounts
        from images
        where ${having.colors(names)} and ${passing(filter)}
      ) candidates
    ) found
    where amount is not null
    order by amount desc, id desc
    limit ${limit}`);
  return rows.map((row) => ({
    imageId: row.id,
    rank: Number(row.rank),
    colors: row.names.flatMap((name, at) =>
      names.includes(name) ? [{ name, share: row.shares?.[at] ?? 1 / row.names.length }] : [],
    ),
  }));
}

/** Rows of before the shares were recorded have as much of every colour. */
function shareOf(name: string) {
  return sql`coalesce(
    images.color_shares[array_position(images.color_names, ${name}::text)],
    case when images.color_shares is null and ${name}::text = any(images.color_names)
      then 1.0 / cardinality(images.color_names) end,
    0)::float8`;
}
