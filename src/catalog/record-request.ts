import { sql } from 'drizzle-orm';
import { STEPS, type Step } from '../domain/image.js';
import { livingRow } from './living-row.js';
import type { Database } from './postgres.js';
import { isRequested } from './requested-steps.js';
import { images } from './schema.js';
import { stateOf } from './selection.js';

/**
 * What is asked for now, and of what was asked for before all that has come to something: it says how
 * the image stands as before. A step that nobody got to and nobody asks for again is let go.
 */
export async function recordRequest(
  database: Database,
  imageId: string,
  steps: Step[],
): Promise<void> {
  const requested = STEPS.filter((step) => steps.includes(step)).map((step) => sql`${step}`);
  const before = STEPS.map(
    (step) =>
      sql`case when ${isRequested(step)} and ${stateOf(step)} <> 'pending' then ${step} end`,
  );
  const all = sql`array[${sql.join([...requested, ...before], sql`, `)}]::text[]`;
  await database
    .update(images)
    .set({
      requestedSteps: sql`(select array_agg(distinct step) from unnest(${all}) step where step is not null)`,
      status: 'processing',
      updatedAt: sql`now()`,
    })
    .where(livingRow(imageId));
}
