import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Step, StepFailure, StepState } from '../domain/image.js';
import type { FailureRecord } from './catalog.js';
import { livingRow } from './living-row.js';
import type { Database } from './postgres.js';
import { images, runFailures } from './schema.js';
import { stateOf } from './selection.js';
import { statusAfter } from './status.js';

/** The image keeps what it has; its steps say why they stopped, and the run lists it once. */
export async function recordFailure(
  database: Database,
  imageId: string,
  steps: [Step, ...Step[]],
  { runId, quarantine, original, ...failure }: FailureRecord,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const ofThese = original === undefined ? undefined : eq(images.original, original);
    const recorded = await transaction
      .update(images)
      .set({
        ...steps.reduce((set, step) => ({ ...set, ...failedStep(step, failure) }), {}),
        status: statusAfter(
          Object.fromEntries(steps.map((step) => [step, failedUnlessDone(step)])),
        ),
        ...(quarantine && { quarantinedAt: sql`now()`, quarantineRules: quarantine.rules }),
        updatedAt: sql`now()`,
      })
      .where(and(livingRow(imageId), ofThese))
      .returning({ id: images.id });
    if (runId === undefined || recorded.length === 0) return;
    await transaction
      .insert(runFailures)
      .values({ runId, imageId, step: steps[0], kind: failure.kind, message: failure.message })
      .onConflictDoNothing();
  });
}

/** A step that was done before and failed when it was done again still has its results. */
function failedUnlessDone(step: Step): SQL<StepState> {
  return sql`case when ${stateOf(step)} = 'done' then 'done' else 'failed' end`;
}

/** The columns of a failed step, as `set` takes them. */
function failedStep(step: Step, failure: StepFailure): PgUpdateSetSource<typeof images> {
  const state = failedUnlessDone(step);
  switch (step) {
    case 'variants':
      return { variantsState: state, variantsFailure: failure };
    case 'metadata':
      return { metadataState: state, metadataFailure: failure };
    case 'embedding':
      return { embeddingState: state, embeddingFailure: failure };
  }
}
