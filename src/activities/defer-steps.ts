import type { Step } from '../domain/image.js';
import type { ActivityDeps } from './deps.js';

export interface DeferStepsInput {
  imageId: string;
  steps: Step[];
  /** They were to be done again, so that they count as deferred although they are done. */
  force?: boolean;
}

/** Leaves steps for the sweep, which waits for the provider. Safe to repeat: the same states again. */
export const deferSteps =
  ({ catalog }: ActivityDeps) =>
  ({ imageId, steps, force = false }: DeferStepsInput): Promise<void> =>
    catalog.images.defer(imageId, steps, { force });
