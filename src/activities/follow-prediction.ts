import { setTimeout as after } from 'node:timers/promises';
import type { Attempt, GenerationPulse } from '../catalog/generation-attempts.js';
import { DarkroomError } from '../domain/failures.js';
import type { PlacedOrder, Prediction } from '../generation/generation.js';
import type { ActivityDeps } from './deps.js';
import { isPassing, retryAfterMs } from './patiently.js';
import type { Try } from './place-prediction.js';
import { orderOf } from './prediction-order.js';

type FollowDeps = Pick<ActivityDeps, 'catalog' | 'predictionPace'>;

/** What the provider says is this share of the whole: the picture has to be brought home as well. */
const SHARE = 0.9;

/**
 * Looks at a prediction until it has ended. An outage of the provider is ridden out, because what it
 * has begun is paid for.
 * @returns nothing when somebody wants the generation cancelled, or has ended it
 * @throws DarkroomError `PredictionTimedOut`
 */
export async function followPrediction(
  deps: FollowDeps,
  its: Try,
  predictionId: string,
): Promise<Prediction | undefined> {
  const { provider, attempt, signal } = its;
  const { generation, deadlineMs } = attempt;
  const order: PlacedOrder = { ...orderOf(attempt), predictionId };
  const { firstPollMs, longestPollMs } = deps.predictionPace;
  let pulse: GenerationPulse = { goesOn: true };
  for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 1.5, longestPollMs)) {
    let pauseMs = waitMs;
    const isLast = performance.now() >= deadlineMs;
    try {
      const seen = await provider.get(order, signal);
      if (seen.state !== 'waiting' && seen.state !== 'running') return seen;
      const progress = (seen.progress ?? 0) * SHARE;
      await deps.catalog.generations.recordProgress(generation.id, progress);
    } catch (error) {
      if (!isPassing(error)) throw error;
      pauseMs = Math.max(waitMs, retryAfterMs(error));
    }
    if (isLast) throw timedOut(generation);
    pulse = await nextPulse(deps, its, {
      untilMs: Math.min(performance.now() + pauseMs, deadlineMs),
      ...(pulse.wokenAt && { heard: pulse.wokenAt }),
    });
    if (!pulse.goesOn) return undefined;
  }
}

/** When the time has come, or when somebody says that there is news or that it is to end. */
async function nextPulse(
  { catalog, predictionPace }: FollowDeps,
  { attempt, signal }: Pick<Try, 'attempt' | 'signal'>,
  { untilMs, heard }: { untilMs: number; heard?: Date },
): Promise<GenerationPulse> {
  for (;;) {
    const pulse = await catalog.generations.pulse(attempt.generation.id);
    const isNews = pulse.wokenAt?.getTime() !== heard?.getTime();
    const leftMs = untilMs - performance.now();
    if (!pulse.goesOn || isNews || leftMs <= 0) return pulse;
    await after(Math.min(leftMs, predictionPace.lookMs), undefined, { signal });
  }
}

export function timedOut({ timeoutSeconds }: Attempt['generation']): DarkroomError {
  const words = `The picture was not there after ${timeoutSeconds} seconds.`;
  return new DarkroomError('PredictionTimedOut', words);
}
