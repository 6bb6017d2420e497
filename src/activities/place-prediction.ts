import { setTimeout as after } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import type { Attempt } from '../catalog/generation-attempts.js';
import { DarkroomError } from '../domain/failures.js';
import type { GenerationProvider, Prediction, PredictionOrder } from '../generation/generation.js';
import type { ActivityDeps } from './deps.js';
import { isPassing, patiently, retryAfterMs } from './patiently.js';
import { timedOut } from './follow-prediction.js';
import { orderOf, sourceOf } from './prediction-order.js';
import { signalAfter } from './signal-after.js';

/** Whoever cancels while a prediction is being asked for waits so long for its name. */
const ANSWER_GRACE_MS = 5_000;

/** One try in the hands of an activity. */
export interface Try {
  provider: GenerationProvider;
  attempt: Attempt;
  signal: AbortSignal;
  /** Nobody has sent anything of this try yet. */
  isNew: boolean;
}

type PlaceDeps = Pick<
  ActivityDeps,
  'catalog' | 'originals' | 'variants' | 'outside' | 'predictionPace'
>;

/**
 * The prediction of a try that has none recorded: the one that was made for it and whose answer was
 * lost, or else a new one. Its name is recorded before anybody waits for it.
 * @returns nothing when the generation is not to go on
 */
export async function placePrediction(
  deps: PlaceDeps,
  its: Try,
): Promise<Pick<Prediction, 'id'> | undefined> {
  const { attempt, signal, isNew } = its;
  const order = orderOf(attempt, await sourceOf(deps, attempt.generation, signal));
  const found = isNew ? undefined : await find(deps, its, order);
  const id = found?.id ?? (await create(deps, its, order));
  return id === undefined ? undefined : record(deps, its, { ...order, predictionId: id });
}

function find(
  { predictionPace }: PlaceDeps,
  { provider, attempt, signal }: Try,
  order: PredictionOrder,
) {
  return patiently(() => provider.find(order, signal), {
    firstWaitMs: predictionPace.firstRetryMs,
    deadlineMs: attempt.deadlineMs,
    signal,
  });
}

/** Asks for one; when the answer is lost, looks whether it is there before asking again. */
async function create(
  deps: PlaceDeps,
  its: Try,
  first: PredictionOrder,
): Promise<string | undefined> {
  const { provider, attempt, signal } = its;
  const { id, attemptNumber, maxAttempts } = attempt.generation;
  let order = first;
  let waitMs = deps.predictionPace.firstRetryMs;
  for (let failures = 0; ; waitMs *= 2) {
    // Also after an outage of our own: what is begun now would be paid for and come too late.
    if (performance.now() >= attempt.deadlineMs) throw timedOut(attempt.generation);
    try {
      return (await provider.create(order, signalAfter(signal, ANSWER_GRACE_MS))).id;
    } catch (error) {
      const found = mayBeThere(error) ? await find(deps, its, order) : undefined;
      if (found !== undefined) return found.id;
      // That it wants fewer calls is no failure of a try.
      if (!isPassing(error) || error.kind !== 'ProviderRateLimited') failures += 1;
      const pauseMs = Math.max(waitMs, retryAfterMs(error));
      const isInTime = performance.now() + pauseMs <= attempt.deadlineMs;
      if (!isPassing(error) || failures >= maxAttempts || !isInTime) throw error;
      log.info('a prediction is asked for again', { generationId: id, kind: error.kind, pauseMs });
      await after(pauseMs, undefined, { signal });
    }
    // What is sent from now on may be on its way for as long again.
    const orderedAt = await deps.catalog.generations.orderAgain(id, attemptNumber);
    if (orderedAt === undefined) return undefined;
    order = { ...order, orderedAt };
  }
}

/** An answer that cannot be read may be that of a prediction that was made. */
function mayBeThere(error: unknown): boolean {
  if (!(error instanceof DarkroomError)) return false;
  return error.kind === 'PredictionUncertain' || error.kind === 'ProviderAnswerInvalid';
}

/** Two may have made one each, when the first was taken for lost; the second one is given back. */
async function record(
  { catalog }: PlaceDeps,
  { provider, attempt, signal }: Try,
  placed: PredictionOrder & { predictionId: string },
): Promise<Pick<Prediction, 'id'> | undefined> {
  const { id, attemptNumber } = attempt.generation;
  const { predictionId } = placed;
  const recorded = await catalog.generations.recordPrediction(id, attemptNumber, predictionId);
  if (recorded !== predictionId) {
    await provider.cancel(placed, signalAfter(signal, ANSWER_GRACE_MS));
  }
  return recorded === undefined ? undefined : { id: recorded };
}
