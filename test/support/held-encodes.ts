import type { ActivityDeps } from '../../src/activities/deps.js';
import type { Gate } from './gate.js';

/** An encoder that waits at the gate before every tier. */
export function encodingBehind({ encoders }: ActivityDeps, held: Gate): Partial<ActivityDeps> {
  return {
    encoders: {
      ...encoders,
      stats: () => encoders.stats(),
      run: async (job, input, options) => {
        if (job === 'encode') await held.pass(options.signal);
        return encoders.run(job, input, options);
      },
    },
  };
}
