import type { ActivityDeps } from '../../src/activities/deps.js';
import type { Gate } from './gate.js';

/** A describer that waits at the gate before it says anything. */
export function describingBehind({ metadata }: ActivityDeps, held: Gate): Partial<ActivityDeps> {
  return {
    metadata: {
      ...metadata,
      describe: async (seen, options) => {
        await held.pass(options.signal);
        return metadata.describe(seen, options);
      },
    },
  };
}
