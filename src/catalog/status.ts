import { sql, type SQL } from 'drizzle-orm';
import { STEPS, type ImageStatus, type Step, type StepState } from '../domain/image.js';
import { isRequested } from './requested-steps.js';
import { stateOf } from './selection.js';

/**
 * The status of an image once the given steps have the given states: completed when every requested
 * step is done, failed when none is left to do and one failed, `unfinished` otherwise. One
 * expression for every write, so the step that ends last completes the image whichever it is.
 */
export function statusAfter(
  states: Partial<Record<Step, StepState | SQL>>,
  unfinished: ImageStatus = 'processing',
): SQL {
  const anyStepIs = (...wanted: StepState[]) => {
    const list = joined(wanted, ', ');
    const conditions = STEPS.map((step) => {
      const state = sql`(${states[step] ?? stateOf(step)})::text`;
      return sql`(${isRequested(step)} and ${state} in (${list}))`;
    });
    return sql.join(conditions, sql` or `);
  };
  return sql`case
    when ${anyStepIs('pending', 'deferred')} then ${unfinished}
    when ${anyStepIs('failed')} then 'failed'
    else 'completed'
  end`;
}

function joined(values: readonly string[], separator: ', ') {
  return sql.join(
    values.map((value) => sql`${value}`),
    sql.raw(separator),
  );
}
