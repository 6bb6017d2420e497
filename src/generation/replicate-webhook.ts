import type { PredictionOrder } from './generation.js';

/** Where Replicate tells of the end of a prediction: the path of the route that hears it. */
export function replicateHookPath({
  generationId,
  attempt,
}: Pick<PredictionOrder, 'generationId' | 'attempt'>): string {
  return `/hooks/replicate/${generationId}/${attempt}`;
}
