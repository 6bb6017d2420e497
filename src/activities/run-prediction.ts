import { setTimeout as after } from 'node:timers/promises';
import { ApplicationFailure, cancellationSignal, Context, log } from '@temporalio/activity';
import type { Attempt } from '../catalog/generation-attempts.js';
import { checkGeneration } from '../domain/check-generation.js';
import { DarkroomError, failureOf } from '../domain/failures.js';
import { hasEnded, type Generation } from '../domain/generation.js';
import { keptFailure } from '../domain/kept-failure.js';
import type { GenerationProvider, Prediction } from '../generation/generation.js';
import type { ActivityDeps } from './deps.js';
import { followPrediction } from './follow-prediction.js';
import { openedGeneration } from './open-generation.js';
import { isPassing } from './patiently.js';
import { placePrediction, type Try } from './place-prediction.js';
import { stopPrediction } from './stop-prediction.js';

export interface RunPredictionInput {
  generationId: string;
  /** It has given way often enough. */
  insists: boolean;
}

/**
 * `overtaken`: another one should have this slot. `stopped`: it has ended, or somebody wants it
 * cancelled.
 */
export interface RanPrediction {
  state: 'succeeded' | 'overtaken' | 'stopped';
}

/**
 * Has the picture made by its provider, and holds its slot to the end, so that a worker has no more
 * predictions open than slots. Safe to repeat: every try is recorded before it is sent and every
 * prediction before it is waited for, so whoever repeats it goes on with those.
 */
export const runPrediction =
  (deps: ActivityDeps) =>
  async ({ generationId, insists }: RunPredictionInput): Promise<RanPrediction> => {
    const generation = await openedGeneration(deps.catalog, generationId);
    if (hasEnded(generation)) return { state: 'stopped' };
    if (generation.status === 'downloading') return { state: 'succeeded' };
    checkGeneration(generation);
    const hasBegun = generation.startedAt !== undefined;
    if (!hasBegun && !insists && (await deps.catalog.generations.isOvertaken(generation))) {
      return { state: 'overtaken' };
    }
    const ran = await makeTries(deps, generation).catch(async (error: unknown) => {
      if (isGivenUp(error)) await giveBack(deps, generationId);
      // It was ridden out as long as there was time, so the activity's own retries have nothing to add.
      throw isPassing(error) ? final(error.kind, error.message) : error;
    });
    if (ran.state === 'stopped') await giveBack(deps, generationId);
    return ran;
  };

/** Nobody waits for it any more; a worker that stops hands it to the next one. */
function isGivenUp(error: unknown): boolean {
  const { cancellationDetails } = Context.current();
  if (cancellationDetails?.workerShutdown) return false;
  const isLate = error instanceof DarkroomError && error.kind === 'PredictionTimedOut';
  return isLate || cancellationDetails?.cancelRequested === true;
}

/** Before the slot is free for the next one; what cannot be reached now is left to the workflow's end. */
function giveBack(deps: ActivityDeps, generationId: string): Promise<void> {
  return stopPrediction(deps, generationId, cancellationSignal()).catch((error: unknown) => {
    log.warn('a prediction could not be cancelled yet', { generationId, error });
  });
}

/** One after another, each with a prediction of its own, because the one before it failed. */
async function makeTries(deps: ActivityDeps, generation: Generation): Promise<RanPrediction> {
  const { id } = generation;
  const signal = cancellationSignal();
  const wanted = deps.generation.of(generation.provider ?? deps.generation.usual);
  const earlier = await deps.catalog.generations.attempt(id);
  let inHand = earlier ? { attempt: earlier, isNew: false } : await begin(deps, wanted, id, 0);
  let waitMs = deps.predictionPace.firstRetryMs;
  while (inHand !== undefined) {
    // Whoever began the try may be a worker of another configuration.
    const provider = deps.generation.of(inHand.attempt.generation.provider);
    const prediction = await runTry(deps, { provider, signal, ...inHand });
    if (prediction === undefined) {
      inHand = await whatGoesOn(deps, id);
      continue;
    }
    if (prediction.state === 'succeeded') {
      await deps.catalog.generations.recordDownloading(id);
      return { state: 'succeeded' };
    }
    endUnlessAnotherTry(inHand.attempt, prediction);
    await after(waitMs, undefined, { signal });
    waitMs *= 2;
    inHand = await begin(deps, wanted, id, inHand.attempt.generation.attemptNumber);
  }
  return { state: 'stopped' };
}

type InHand = Pick<Try, 'attempt' | 'isNew'>;

async function begin(
  deps: ActivityDeps,
  { name }: GenerationProvider,
  id: string,
  after: number,
): Promise<InHand | undefined> {
  const attempt = await deps.catalog.generations.beginAttempt(id, { after, provider: name });
  return attempt === undefined ? whatGoesOn(deps, id) : { attempt, isNew: true };
}

/**
 * The try that another execution of this activity has in hand: a worker that froze is taken for lost,
 * and goes on beside the one that took over. Both then wait for the same prediction.
 * @returns nothing when the generation is not to go on
 */
async function whatGoesOn(
  { catalog: { generations } }: ActivityDeps,
  id: string,
): Promise<InHand | undefined> {
  const attempt = await generations.attempt(id);
  const { goesOn } = await generations.pulse(id);
  return goesOn && attempt !== undefined ? { attempt, isNew: false } : undefined;
}

/** @returns its prediction, ended; nothing when this try is not to go on */
async function runTry(deps: ActivityDeps, its: Try): Promise<Prediction | undefined> {
  const { id, attemptNumber, predictionId } = its.attempt.generation;
  const placed = predictionId ?? (await placePrediction(deps, its))?.id;
  if (placed === undefined) return undefined;
  const prediction = await followPrediction(deps, its, placed);
  if (prediction === undefined) return undefined;
  const { generations } = deps.catalog;
  await generations.recordUsage(id, attemptNumber, prediction.usage ?? {});
  const { goesOn } = await generations.pulse(id);
  return goesOn ? prediction : undefined;
}

/** Three tries are three predictions, so the count of the activity's own retries is left out of it. */
function endUnlessAnotherTry(
  { generation, deadlineMs }: Attempt,
  { state, failure }: Pick<Prediction, 'state' | 'failure'>,
): void {
  const isLate = performance.now() >= deadlineMs - 1_000;
  if (state === 'cancelled') {
    if (isLate)
      throw final('PredictionTimedOut', 'The provider gave it up when its time was over.');
    throw final('PredictionFailed', 'Somebody cancelled the prediction at its provider.');
  }
  const { kind, message } = failure ?? { kind: 'PredictionFailed', message: '' };
  const { attemptNumber, maxAttempts } = generation;
  const again = failureOf(kind).retry && attemptNumber < maxAttempts && !isLate;
  if (!again) throw final(kind, message || failureOf(kind).says);
}

function final(...[kind, message]: Parameters<typeof keptFailure>): ApplicationFailure {
  return ApplicationFailure.create({ ...keptFailure(kind, message), nonRetryable: true });
}
