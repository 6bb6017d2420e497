import { cancellationSignal, log } from '@temporalio/activity';
import { knownKind } from '../domain/failures.js';
import { hasEnded } from '../domain/generation.js';
import type { ActivityDeps } from './deps.js';
import { patiently } from './patiently.js';
import { orderOf } from './prediction-order.js';
import { tell } from './start-deliveries.js';

export interface CloseGenerationInput {
  generationId: string;
  /** Why it failed; absent: somebody wanted it cancelled. */
  failure?: { kind: string; message: string };
}

/** A provider that does not answer in this time gives the prediction up by itself, when it is late. */
const CANCEL_WITHIN_MS = 15_000;

/**
 * Ends a generation that has no picture: nobody goes on to make one, then the row says so. Safe to
 * repeat: what has ended stays as it is.
 */
export const closeGeneration =
  (deps: ActivityDeps) =>
  async ({ generationId, failure }: CloseGenerationInput): Promise<void> => {
    const { generations } = deps.catalog;
    if ((await generations.get(generationId)) === undefined) return;
    await stopPrediction(deps, generationId).catch((error: unknown) => {
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

/** Also one that was asked for and whose answer was lost. */
async function stopPrediction(deps: ActivityDeps, id: string): Promise<void> {
  const { generations } = deps.catalog;
  const attempt = await generations.attempt(id);
  if (attempt === undefined || hasEnded(attempt.generation)) return;
  const { provider: name, attemptNumber, usage } = attempt.generation;
  // What a prediction cost is recorded when it has ended.
  if ((usage?.predictions ?? 0) >= attemptNumber) return;
  const provider = deps.generation.of(name);
  const order = orderOf(attempt);
  const signal = cancellationSignal();
  const deadlineMs = Date.now() + CANCEL_WITHIN_MS;
  await patiently(
    async () => {
      const known = attempt.generation.predictionId;
      const predictionId = known ?? (await provider.find(order, signal))?.id;
      if (predictionId === undefined) return;
      await provider.cancel({ ...order, predictionId }, signal);
      if (known === undefined) await generations.recordPrediction(id, attemptNumber, predictionId);
      const { usage: cost = {} } = await provider.get({ ...order, predictionId }, signal);
      await generations.recordUsage(id, attemptNumber, cost);
    },
    { firstWaitMs: deps.predictionPace.firstRetryMs, deadlineMs, signal },
  );
}
