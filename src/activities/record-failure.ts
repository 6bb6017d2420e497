import { failureOf, knownKind } from '../domain/failures.js';
import type { Step } from '../domain/image.js';
import type { ActivityDeps } from './deps.js';
import { tell } from './start-deliveries.js';

export interface RecordFailureInput {
  imageId: string;
  /** The step that failed, then those that cannot be done because of it. */
  steps: [Step, ...Step[]];
  kind: string;
  message: string;
  runId?: string;
  /** The original that the work was about; it may be another by now, and then this is no news. */
  original?: string;
}

/**
 * Files a final failure where people find it, unless the image is gone: then nobody looks for it.
 * Safe to repeat: the same words in the same place.
 */
export const recordFailure =
  (deps: ActivityDeps) =>
  async (input: RecordFailureInput): Promise<{ gone: boolean }> => {
    const { catalog, rulesHash } = deps;
    const { imageId, steps, kind, message, runId, original } = input;
    const image = await catalog.images.get(imageId);
    if (image === undefined || image.deletedAt !== undefined) return { gone: true };
    const known = knownKind(kind);
    await catalog.images.recordFailure(imageId, steps, {
      kind: known,
      message,
      at: new Date().toISOString(),
      ...(failureOf(known).quarantine && { quarantine: { rules: rulesHash } }),
      ...(runId !== undefined && { runId }),
      ...(original !== undefined && { original }),
    });
    await tell(deps, imageId);
    return { gone: false };
  };
