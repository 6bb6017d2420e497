import { and, eq, inArray, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm';
import { checkScope, checkSteps } from '../domain/check-run.js';
import type { Step, StepSource } from '../domain/image.js';
import type { RetryOf } from '../domain/runs.js';
import type { Selection } from './catalog.js';
import { images, runFailures } from './schema.js';

/**
 * The condition that a scope stands for.
 * @throws DarkroomError `InvalidInput` for a scope or steps that do not exist: plain Temporal lets
 *   people misspell them, and a condition that falls out would select everything.
 */
export function inScope(selection: Selection): SQL | undefined {
  checkScope(selection.scope);
  checkSteps(selection.steps);
  return and(
    isNull(images.deletedAt),
    selection.retryOf === undefined ? notSetAside(selection) : failedIn(selection.retryOf),
    selection.ownerId === undefined ? undefined : eq(images.ownerId, selection.ownerId),
    selection.ids === undefined ? undefined : inArray(images.id, selection.ids),
    scopeCondition(selection),
  );
}

/** What was set aside by other rules than today's may fare better now. */
function notSetAside({ rules }: Selection): SQL | undefined {
  const inUse = isNull(images.quarantinedAt);
  if (rules === undefined) return inUse;
  return or(inUse, sql`${images.quarantineRules} is distinct from ${rules}`);
}

function scopeCondition({ scope, steps, recipe, sources, retryOf }: Selection): SQL | undefined {
  // What failed in that run and has succeeded since needs no other try. A step that was only being
  // done again is still done, but its failure stays until it succeeds.
  if (retryOf !== undefined) {
    return or(...steps.map((step) => or(unfinished(step), isNotNull(failureColumn(step)))));
  }
  switch (scope) {
    case 'all':
      return undefined;
    case 'missing':
      return or(...steps.map(unfinished));
    case 'failed':
      return or(...steps.map((step) => eq(stateOf(step), 'failed')));
    case 'stale':
      return or(...steps.map((step) => staleStep(step, { recipe, sources })));
  }
}

function failedIn({ runId, kinds }: RetryOf): SQL {
  const ofKind = kinds === undefined ? sql`` : sql` and ${inArray(runFailures.kind, kinds)}`;
  return sql`exists (select 1 from ${runFailures}
    where ${runFailures.runId} = ${runId} and ${runFailures.imageId} = ${images.id}${ofKind})`;
}

/** Done with another recipe, or by another provider, than today's. */
export function staleStep(
  step: Step,
  { recipe, sources }: Pick<Selection, 'recipe' | 'sources'>,
): SQL {
  switch (step) {
    case 'variants':
      return sql`(${images.variantsReady} and ${images.recipe} is distinct from ${recipe})`;
    case 'metadata':
      return doneByAnother(images.metadataState, images.metadataSource, sources?.metadata);
    case 'embedding':
      return doneByAnother(images.embeddingState, images.embeddingSource, sources?.embedding);
  }
}

function doneByAnother(
  state: typeof images.metadataState | typeof images.embeddingState,
  source: typeof images.metadataSource | typeof images.embeddingSource,
  today: StepSource | undefined,
): SQL {
  if (today === undefined) return sql`false`;
  return sql`(${state} = 'done' and ${source} <> ${JSON.stringify(today)}::jsonb)`;
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

function failureColumn(step: Step) {
  switch (step) {
    case 'variants':
      return images.variantsFailure;
    case 'metadata':
      return images.metadataFailure;
    case 'embedding':
      return images.embeddingFailure;
  }
}
