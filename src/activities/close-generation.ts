import { cancellationSignal, log } from '@temporalio/activity';
import { knownKind } from '../domain/failures.js';
import type { ActivityDeps } from './deps.js';
import { tell } from './start-deliveries.js';
import { stopPrediction } from './stop-prediction.js';

export interface CloseGenerationInput {
  generationId: string;
  /** Why it failed; absent: somebody wanted it cancelled. */
  failure?: { kind: string; message: string };
}

/**
 * Ends a generation that has no picture: nobody goes on to make one, then the row says so. Safe to
 * repeat: what has ended stays as it is.
 */
export const closeGeneration =
  (deps: ActivityDeps) =>
  async ({ generationId, failure }: CloseGenerationInput): Promise<void> => {
    const { generations } = deps.catalog;
    if ((await generations.get(generationId)) === undefined) return;
    await stopPrediction(deps, generationId, cancellationSignal()).catch((error: unknown) => {
      log.warn('a prediction may go on at its provider', { generationId, error });
    });
    if (failure === undefined) {
      await generations.cancel(generationId);
      return;
    }
    const { kind, message } = failure;
    if (await generations.fail(generationId, { kind: knownKind(kind), message })) {
      await tell(deps, generationId);
    }
  };
