import { sql, type SQL } from 'drizzle-orm';
import { STEPS, type Step } from '../domain/image.js';
import { images } from './schema.js';

// Applications write the column too. It may leave steps out, but not all of them: a row that asks for
// nothing would count as done before anybody looked at it.

/** What a row asks for: the steps that it names, and all of them when it names none that there is. */
export function requestedSteps(named: readonly string[]): Step[] {
  const known = STEPS.filter((step) => named.includes(step));
  return known.length === 0 ? [...STEPS] : known;
}

/** The same as a condition. */
export function isRequested(step: Step): SQL {
  const known = sql.join(
    STEPS.map((it) => sql`${it}`),
    sql`, `,
  );
  return sql`(${step} = any(${images.requestedSteps})
    or not ${images.requestedSteps} && array[${known}]::text[])`;
}
