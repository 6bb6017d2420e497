import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { PicturePlan } from '../../src/domain/generation.js';
import type {
  GenerationProvider,
  PlacedOrder,
  Prediction,
  PredictionOrder,
} from '../../src/generation/generation.js';

export const SIGNAL = new AbortController().signal;

/** The first try of a generation; a test changes what it is about. */
export function order(
  plan: Partial<PicturePlan> = {},
  changes: Partial<PredictionOrder> = {},
): PredictionOrder {
  return {
    generationId: randomUUID(),
    attempt: 1,
    orderedAt: new Date(),
    plan: { prompt: 'a lighthouse at dusk', widthPx: 320, heightPx: 256, format: 'png', ...plan },
    cancelAfterSeconds: 60,
    deadlineMs: Infinity,
    ...changes,
  };
}

const ENDS: readonly string[] = ['succeeded', 'failed', 'cancelled'];

/** Asks until it has ended, and gives everything that was said on the way, the end last. */
export async function followed(
  provider: GenerationProvider,
  placed: PlacedOrder,
): Promise<{ seen: Prediction[]; end: Prediction }> {
  const seen: Prediction[] = [];
  for (;;) {
    const prediction = await provider.get(placed, SIGNAL);
    seen.push(prediction);
    if (ENDS.includes(prediction.state)) return { seen, end: prediction };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** From the order to the bytes. */
export async function pictureOf(
  provider: GenerationProvider,
  ordered: PredictionOrder,
): Promise<Buffer> {
  const { id } = await provider.create(ordered, SIGNAL);
  const placed = { ...ordered, predictionId: id };
  const { end } = await followed(provider, placed);
  const [output = ''] = end.outputs;
  return buffer(await provider.read(placed, output, { signal: SIGNAL, maxBytes: 20_000_000 }));
}
