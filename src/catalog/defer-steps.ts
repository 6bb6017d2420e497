import { eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Step, StepState } from '../domain/image.js';
import type { Database } from './postgres.js';
import { images } from './schema.js';
import { stateOf } from './selection.js';

/** @param force also what is done, because it was to be done again; its words stay until then */
export async function deferSteps(
  database: Database,
  imageId: string,
  steps: Step[],
  force: boolean,
): Promise<void> {
  await database
    .update(images)
    .set(steps.reduce((set, step) => ({ ...set, ...deferred(step, force) }), {}))
    .where(eq(images.id, imageId));
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
