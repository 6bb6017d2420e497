import { hasEnded } from '../domain/generation.js';
import type { ActivityDeps } from './deps.js';
import { patiently } from './patiently.js';
import { orderOf } from './prediction-order.js';
import { signalAfter } from './signal-after.js';

/** A provider that does not answer in this time gives the prediction up by itself, when it is late. */
const CANCEL_WITHIN_MS = 15_000;
/** The row has to say how it ended, however long a provider's list is. */
const GIVE_UP_MS = 60_000;

/**
 * Cancels what a generation has open at its provider, also what was asked for and whose answer was
 * lost. Safe to repeat: a prediction whose cost is recorded has ended.
 */
export async function stopPrediction(
  deps: Pick<ActivityDeps, 'catalog' | 'generation' | 'predictionPace'>,
  id: string,
  stopping: AbortSignal,
): Promise<void> {
  const { generations } = deps.catalog;
  const attempt = await generations.attempt(id);
  if (attempt === undefined || hasEnded(attempt.generation)) return;
  const { provider: name, attemptNumber, usage } = attempt.generation;
  // What a prediction cost is recorded when it has ended.
  if ((usage?.predictions ?? 0) >= attemptNumber) return;
  const provider = deps.generation.of(name);
  const order = orderOf(attempt);
  const signal = AbortSignal.any([
    signalAfter(stopping, CANCEL_WITHIN_MS),
    AbortSignal.timeout(GIVE_UP_MS),
  ]);
  const deadlineMs = performance.now() + CANCEL_WITHIN_MS;
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
