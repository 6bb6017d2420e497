import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import type { GenerationProvider, PlacedOrder, Prediction, PredictionOrder } from './generation.js';

export interface MockSettings {
  /** How long a prediction takes. */
  durationMs: number;
  /** Paints the picture of an order: the same one whenever it is asked for it. */
  paint: (order: PredictionOrder, options: { signal: AbortSignal }) => Promise<Buffer>;
}

/** How much of its time a prediction waits for a machine, as others do. */
const WAITING_SHARE = 0.1;

/**
 * Makes pictures without anybody's help. It keeps no state: what a prediction is follows from its id
 * and the clock, so any worker can go on with it. Hence a second `create` of an order gives the same
 * prediction, `find` has nothing to find, and who cancels one is told by nobody but the clock.
 */
export function openMockGeneration({ durationMs, paint }: MockSettings): GenerationProvider {
  return {
    name: 'mock',
    create: async (order, signal) => {
      signal.throwIfAborted();
      const id = idOf(order, durationMs);
      return predictionOf({ ...order, predictionId: id });
    },
    find: async (_order, signal) => {
      signal.throwIfAborted();
      return undefined;
    },
    get: async (order, signal) => {
      signal.throwIfAborted();
      return predictionOf(order);
    },
    cancel: async (order, signal) => {
      signal.throwIfAborted();
      timesOf(order);
    },
    read: async (order, output, { signal, maxBytes }) => {
      signal.throwIfAborted();
      if (output !== outputOf(order)) throw unknown(output);
      const bytes = await paint(order, { signal });
      if (bytes.byteLength > maxBytes) {
        const words = `The picture has ${bytes.byteLength} bytes, more than ${maxBytes}.`;
        throw new DarkroomError('FileTooLarge', words);
      }
      return Readable.from([bytes]);
    },
  };
}

/** `mock-mab3k2x1-2s0-0f3a...`: when it began, how long it takes, and whose it is. */
function idOf({ generationId, attempt, orderedAt }: PredictionOrder, durationMs: number): string {
  const whose = createHash('sha256').update(`${generationId} ${attempt}`).digest('hex');
  const [began, takes] = [orderedAt.getTime(), durationMs].map((it) => it.toString(36));
  return `mock-${began}-${takes}-${whose.slice(0, 12)}`;
}

function timesOf({ predictionId }: PlacedOrder): { beganMs: number; durationMs: number } {
  const [, began, takes] = /^mock-([0-9a-z]+)-([0-9a-z]+)-[0-9a-f]{12}$/.exec(predictionId) ?? [];
  if (began === undefined || takes === undefined) throw unknown(predictionId);
  return { beganMs: parseInt(began, 36), durationMs: parseInt(takes, 36) };
}

function predictionOf(order: PlacedOrder): Prediction {
  const { beganMs, durationMs } = timesOf(order);
  const elapsedMs = Math.max(0, Date.now() - beganMs);
  const id = order.predictionId;
  const limitMs = order.cancelAfterSeconds * 1000;
  if (durationMs > limitMs && elapsedMs >= limitMs) return { id, state: 'cancelled', outputs: [] };
  if (elapsedMs >= durationMs) {
    const usage = { predictSeconds: durationMs / 1000, costUsd: 0 };
    return { id, state: 'succeeded', progress: 100, outputs: [outputOf(order)], usage };
  }
  const share = elapsedMs / durationMs;
  const state = share < WAITING_SHARE ? 'waiting' : 'running';
  return { id, state, progress: Math.floor(share * 100), outputs: [] };
}

function outputOf({ predictionId }: PlacedOrder): string {
  return `mock:${predictionId}`;
}

function unknown(what: string): DarkroomError {
  return new DarkroomError('ResultExpired', `mock does not know ${what.slice(0, 80)}.`);
}
