import type { Step } from '../domain/image.js';
import type { ActivityDeps } from './deps.js';

/** Leaves steps for the sweep, which waits for the provider. Safe to repeat: done steps stay done. */
export const deferSteps =
  ({ catalog }: ActivityDeps) =>
  ({ imageId, steps }: { imageId: string; steps: Step[] }): Promise<void> =>
    catalog.images.defer(imageId, steps);
