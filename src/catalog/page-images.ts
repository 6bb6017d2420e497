import { and, asc, count, gt, sql, sum } from 'drizzle-orm';
import type { ImageInScope } from '../domain/image.js';
import type { Selection } from './catalog.js';
import type { Database } from './postgres.js';
import { images } from './schema.js';
import { inScope, staleStep, stateOf } from './selection.js';

/**
 * Keyset paging on the primary key: a page costs the same at row 1,000,000 as at row 0, and rows
 * that come or go meanwhile shift nothing. `missing` reads the partial index `images_unfinished`.
 */
export async function pageImages(
  database: Database,
  selection: Selection & { after?: string; limit: number },
): Promise<ImageInScope[]> {
  const after = selection.after === undefined ? undefined : gt(images.id, selection.after);
  return database
    .select({ id: images.id, ownerId: images.ownerId, fileName: images.fileName })
    .from(images)
    .where(and(inScope(selection), after))
    .orderBy(asc(images.id))
    .limit(selection.limit);
}

export async function countImages(database: Database, selection: Selection): Promise<number> {
  const [row] = await database.select({ images: count() }).from(images).where(inScope(selection));
  return row?.images ?? 0;
}

export async function countProviderCalls(
  database: Database,
  { limit, force = false, ...selection }: Selection & { limit?: number; force?: boolean },
): Promise<number> {
  const calls = (['metadata', 'embedding'] as const)
    .filter((step) => selection.steps.includes(step))
    .map((step) => {
      const stale = staleStep(step, selection);
      // Other words want another vector.
      const follows = step === 'embedding' && selection.steps.includes('metadata');
      const again = follows ? sql`${stale} or ${staleStep('metadata', selection)}` : stale;
      return sql`case when ${force} or ${stateOf(step)} <> 'done' or ${again} then 1 else 0 end`;
    });
  if (calls.length === 0) return 0;
  const wanted = database
    .select({ calls: sql<number>`${sql.join(calls, sql` + `)}`.as('calls') })
    .from(images)
    .where(inScope(selection))
    .orderBy(asc(images.id));
  const taken = (limit === undefined ? wanted : wanted.limit(limit)).as('taken');
  const [row] = await database.select({ calls: sum(taken.calls) }).from(taken);
  return Number(row?.calls ?? 0);
}
