import { setTimeout as after } from 'node:timers/promises';
import { DarkroomError } from '../domain/failures.js';
import type { PredictionOrder } from './generation.js';
import { cursorIn, type ReplicateApi } from './replicate-api.js';
import type { ModelReference } from './replicate-models.js';
import type { WirePrediction } from './replicate-prediction.js';

/** By what a prediction is recognised. */
export interface Marks {
  order: PredictionOrder;
  model: ModelReference;
  /** Without the picture that it begins with, whose address is another every time. */
  input: Record<string, unknown>;
  /** Of this order alone; absent when no webhooks are wanted. */
  webhook?: string;
}

export interface FindSettings {
  /** How long it is looked for before there is none: what was sent a moment ago may be on its way. */
  settleMs: number;
}

/** How far their clock may be from ours. */
const CLOCKS_DIFFER_MS = 60_000;
const LOOK_AGAIN_MS = 500;
/** Five thousand predictions. */
const MOST_PAGES = 50;

/** The prediction of an order whose answer was lost, by what Replicate repeats of it. */
export async function findPrediction(
  api: ReplicateApi,
  marks: Marks,
  { settleMs }: FindSettings,
  signal: AbortSignal,
): Promise<WirePrediction | undefined> {
  // Not since its order, which may have waited long for its turn before anything was sent.
  const settledAt = performance.now() + settleMs;
  for (;;) {
    const found = await search(api, marks, signal);
    const leftMs = settledAt - performance.now();
    // What is older by our clock may be somebody else's, while ours is still on its way.
    const isOurs = found !== undefined && createdMs(found) >= marks.order.orderedAt.getTime();
    if (isOurs || leftMs <= 0) return found;
    await after(Math.min(leftMs, LOOK_AGAIN_MS), undefined, { signal });
  }
}

async function search(
  api: ReplicateApi,
  marks: Marks,
  signal: AbortSignal,
): Promise<WirePrediction | undefined> {
  const since = new Date(marks.order.orderedAt.getTime() - CLOCKS_DIFFER_MS);
  const matches: WirePrediction[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { results, next } = await api.list(since, cursor, signal);
    matches.push(...results.filter((wire) => isOf(wire, marks)));
    cursor = cursorIn(next);
    const older = results.some((wire) => createdMs(wire) < since.getTime());
    if (cursor === undefined || older) return bestOf(matches, marks, since);
  }
  const words = 'There are too many predictions to find the one whose answer was lost.';
  throw new DarkroomError('PredictionUncertain', words);
}

/** Nobody else's webhook is ours. Without one it is the input, which holds a seed of the order's own. */
function isOf(wire: WirePrediction, { model, input, webhook }: Marks): boolean {
  if (webhook !== undefined && wire.webhook) return wire.webhook === webhook;
  if (model.hash !== undefined ? wire.version !== model.hash : wire.model !== model.name) {
    return false;
  }
  return Object.entries(input).every(([field, value]) => wire.input?.[field] === value);
}

/**
 * Only a seed that somebody chose makes several alike. The first since the order is taken, and what is
 * older by our clock only when there is no other.
 */
function bestOf(matches: WirePrediction[], { order }: Marks, since: Date) {
  const orderedMs = order.orderedAt.getTime();
  const recent = matches
    .filter((wire) => !(createdMs(wire) < since.getTime()))
    .sort((a, b) => createdMs(a) - createdMs(b));
  return recent.find((wire) => createdMs(wire) >= orderedMs) ?? recent.at(-1);
}

function createdMs({ created_at: at }: WirePrediction): number {
  return Date.parse(at ?? '');
}
