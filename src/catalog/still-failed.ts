import { and, asc, sql, type SQL } from 'drizzle-orm';
import type { Image } from '../domain/image.js';
import type { Run } from '../domain/runs.js';
import type { StillFailedPage } from './catalog.js';
import type { Database } from './postgres.js';
import { imageOf } from './rows.js';
import { images } from './schema.js';
import { inScope } from './selection.js';

/** As exact as the Date that the next page is asked for with. */
const TOUCHED = sql`date_trunc('milliseconds', ${images.updatedAt})`;

export async function stillFailed(
  database: Database,
  { id, steps }: Pick<Run, 'id' | 'steps'>,
  { limit, after }: StillFailedPage,
): Promise<Image[]> {
  const failedIn = inScope({ scope: 'failed', steps, recipe: '', retryOf: { runId: id } });
  const rows = await database
    .select()
    .from(images)
    .where(and(failedIn, behind(after)))
    .orderBy(TOUCHED, asc(images.id))
    .limit(limit);
  return rows.map(imageOf);
}

function behind(after: StillFailedPage['after']): SQL | undefined {
  if (after === undefined) return undefined;
  const { id, updatedAt } = after;
  return sql`(${TOUCHED}, ${images.id}) > (${updatedAt.toISOString()}::timestamptz, ${id}::uuid)`;
}
