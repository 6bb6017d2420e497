import { eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Step, StepFailure, StepState } from '../domain/image.js';
import type { DeferOptions } from './catalog.js';
import type { Database } from './postgres.js';
import { images } from './schema.js';
import { stateOf } from './selection.js';

/**
 * With `force` also what is done, because it was to be done again; its words stay until then. What the
 * provider said stands with every step that waits for it, until that succeeds.
 */
export async function deferSteps(
  database: Database,
  imageId: string,
  steps: Step[],
  { force = false, failure }: DeferOptions,
): Promise<void> {
  await database
    .update(images)
    .set(
      steps.reduce(
        (set, step) => ({ ...set, ...deferred(step, force), ...failureOf(step, force, failure) }),
        {},
      ),
    )
    .where(eq(images.id, imageId));
}

function failureOf(
  step: Step,
  force: boolean,
  failure: StepFailure | undefined,
): PgUpdateSetSource<typeof images> {
  if (failure === undefined) return {};
  const given = sql`${JSON.stringify(failure)}::jsonb`;
  const unlessDone = (column: typeof images.metadataFailure | typeof images.embeddingFailure) =>
    force ? given : sql`case when ${stateOf(step)} = 'done' then ${column} else ${given} end`;
  switch (step) {
    case 'variants':
      return {};
    case 'metadata':
      return { metadataFailure: unlessDone(images.metadataFailure) };
    case 'embedding':
      return { embeddingFailure: unlessDone(images.embeddingFailure) };
  }
}

function deferred(step: Step, force: boolean): PgUpdateSetSource<typeof images> {
  const state = force
    ? ('deferred' as const)
    : sql<StepState>`case when ${stateOf(step)} = 'done' then 'done' else 'deferred' end`;
  switch (step) {
    case 'variants':
      return { variantsState: state };
    case 'metadata':
      return { metadataState: state };
    case 'embedding':
      return { embeddingState: state };
  }
}
