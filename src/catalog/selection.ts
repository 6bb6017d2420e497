import { and, eq, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { Step } from '../domain/image.js';
import type { RetryOf } from '../domain/runs.js';
import type { Selection } from './catalog.js';
import { images, runFailures } from './schema.js';

/** The condition that a scope stands for. */
export function inScope(selection: Selection): SQL | undefined {
  return and(
    isNull(images.deletedAt),
    selection.retryOf === undefined ? isNull(images.quarantinedAt) : failedIn(selection.retryOf),
    selection.ownerId === undefined ? undefined : eq(images.ownerId, selection.ownerId),
    selection.ids === undefined ? undefined : inArray(images.id, selection.ids),
    scopeCondition(selection),
  );
}

function scopeCondition({ scope, steps, recipe, retryOf }: Selection): SQL | undefined {
  // What failed in that run and has succeeded since needs no other try.
  if (retryOf !== undefined) return or(...steps.map(unfinished));
  switch (scope) {
    case 'all':
      return undefined;
    case 'missing':
      return or(...steps.map(unfinished));
    case 'failed':
      return or(...steps.map((step) => eq(stateOf(step), 'failed')));
    case 'stale':
      return and(eq(images.variantsReady, true), sql`${images.recipe} is distinct from ${recipe}`);
  }
}

function failedIn({ runId, kinds }: RetryOf): SQL {
  const ofKind = kinds === undefined ? sql`` : sql` and ${inArray(runFailures.kind, kinds)}`;
  return sql`exists (select 1 from ${runFailures}
    where ${runFailures.runId} = ${runId} and ${runFailures.imageId} = ${images.id}${ofKind})`;
}

function unfinished(step: Step): SQL {
  // Literals, so that the planner can match them with the partial index.
  if (step === 'variants')
    return sql`(not ${images.variantsReady} or ${images.variantsState} <> 'done')`;
  return sql`${stateOf(step)} <> 'done'`;
}

export function stateOf(step: Step) {
  switch (step) {
    case 'variants':
      return images.variantsState;
    case 'metadata':
      return images.metadataState;
    case 'embedding':
      return images.embeddingState;
  }
}
