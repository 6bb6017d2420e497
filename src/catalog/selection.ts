import { and, eq, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { Step } from '../domain/image.js';
import type { Selection } from './catalog.js';
import { images } from './schema.js';

/** The condition that a scope stands for. */
export function inScope(selection: Selection): SQL | undefined {
  return and(
    isNull(images.deletedAt),
    isNull(images.quarantinedAt),
    selection.ownerId === undefined ? undefined : eq(images.ownerId, selection.ownerId),
    scopeCondition(selection),
  );
}

function scopeCondition({ scope, steps, recipe }: Selection): SQL | undefined {
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

function unfinished(step: Step): SQL {
  // Literals, so that the planner can match them with the partial index.
  if (step === 'variants') return sql`not ${images.variantsReady}`;
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
