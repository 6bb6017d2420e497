import { and, asc, count, countDistinct, desc, eq, isNull, lte, sql } from 'drizzle-orm';
import type { RunFailure } from './catalog.js';
import { FAILURE_COLUMNS } from './failure-columns.js';
import type { FailuresOfKind } from './overview.js';
import type { Database } from './postgres.js';
import { images, runFailures } from './schema.js';

/** Enough to see what they have in common. */
const EXAMPLES = 12;

export async function failuresByKind(database: Database, runId: string): Promise<FailuresOfKind[]> {
  const kinds = await database
    .select({ kind: runFailures.kind, count: countDistinct(runFailures.imageId) })
    .from(runFailures)
    .innerJoin(images, eq(images.id, runFailures.imageId))
    .where(and(eq(runFailures.runId, runId), isNull(images.deletedAt)))
    .groupBy(runFailures.kind)
    .orderBy(desc(count()), runFailures.kind);
  const examples = await firstOfEach(database, runId);
  return kinds.map(({ kind, count }) => ({
    ...{ kind, count },
    examples: examples.filter((failure) => failure.kind === kind),
  }));
}

async function firstOfEach(database: Database, runId: string): Promise<RunFailure[]> {
  const numbered = database
    .select({
      ...FAILURE_COLUMNS,
      place:
        sql<number>`row_number() over (partition by ${runFailures.kind} order by ${runFailures.at}, ${runFailures.imageId})`.as(
          'place',
        ),
    })
    .from(runFailures)
    .innerJoin(images, eq(images.id, runFailures.imageId))
    .where(and(eq(runFailures.runId, runId), isNull(images.deletedAt)))
    .as('numbered');
  const rows = await database
    .select()
    .from(numbered)
    .where(lte(numbered.place, EXAMPLES))
    .orderBy(asc(numbered.place));
  return rows.map(({ place: _, ...failure }) => failure);
}
