import { knownKind } from '../domain/failures.js';
import type { Step, StepFailure } from '../domain/image.js';
import type { ActivityDeps } from './deps.js';

export interface DeferStepsInput {
  imageId: string;
  steps: Step[];
  /** They were to be done again, and not with the words that are kept for the same bytes. */
  force?: boolean;
  /** What the provider said, when it was asked. */
  failure?: { kind: string; message: string };
}

/** Leaves steps for the sweep, which waits for the provider. Safe to repeat: the same states again. */
export const deferSteps =
  ({ catalog }: ActivityDeps) =>
  ({ imageId, steps, force = false, failure }: DeferStepsInput): Promise<void> =>
    catalog.images.defer(imageId, steps, { force, ...(failure && { failure: filed(failure) }) });

function filed({ kind, message }: { kind: string; message: string }): StepFailure {
  const known = knownKind(kind);
  return { kind: known, message, at: new Date().toISOString() };
}
