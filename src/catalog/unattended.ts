import { and, asc, gt, isNull, not, sql, type SQL } from 'drizzle-orm';
import { STEPS, type Step } from '../domain/image.js';
import type { Unattended, UnattendedPage } from './lifecycle.js';
import type { Database } from './postgres.js';
import { requestedSteps } from './requested-steps.js';
import { images } from './schema.js';

// Literals, so that the planner can match them with the partial indexes of schema.ts.
const DEFERRED = sql`(variants_state = 'deferred' or metadata_state = 'deferred' or embedding_state = 'deferred')`;
const PROCESSING = sql`status = 'processing'`;

export async function deferredImages(
  database: Database,
  page: UnattendedPage,
): Promise<Unattended[]> {
  const rows = await database
    .select()
    .from(images)
    .where(and(isNull(images.deletedAt), DEFERRED, isNull(images.quarantinedAt), afterIn(page)))
    .orderBy(asc(images.id))
    .limit(page.limit);
  return rows.map((row) => {
    const states: Record<Step, string> = {
      variants: row.variantsState,
      metadata: row.metadataState,
      embedding: row.embeddingState,
    };
    const requested = requestedSteps(row.requestedSteps);
    // Nobody may be left who would do what is pending: asked for without it, the image would end without.
    const steps = STEPS.filter(
      (step) =>
        states[step] === 'deferred' || (states[step] === 'pending' && requested.includes(step)),
    );
    return { id: row.id, ownerId: row.ownerId, fileName: row.fileName, steps };
  });
}

/** Working on an image touches its row at every step, and no step takes ten minutes. */
export async function stuckImages(database: Database, page: UnattendedPage): Promise<Unattended[]> {
  const untouched = sql`${images.updatedAt} < now() - interval '10 minutes'`;
  const rows = await database
    .select({
      id: images.id,
      ownerId: images.ownerId,
      fileName: images.fileName,
      steps: images.requestedSteps,
    })
    .from(images)
    .where(and(isNull(images.deletedAt), PROCESSING, not(DEFERRED), untouched, afterIn(page)))
    .orderBy(asc(images.id))
    .limit(page.limit);
  return rows.map((row) => ({ ...row, steps: requestedSteps(row.steps) }));
}

function afterIn({ after }: UnattendedPage): SQL | undefined {
  return after === undefined ? undefined : gt(images.id, after);
}
