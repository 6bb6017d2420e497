import type { Generation } from './generation.js';

/**
 * Temporal orders a queue by five levels; a generation may have any integer. Those that share a level
 * are put in order when they get a slot (activities/run-prediction.ts).
 */
const LEVELS = [
  { key: 1, least: 10 },
  { key: 2, least: 1 },
  { key: 3, least: 0 },
  { key: 4, least: -9 },
  { key: 5, least: -Infinity },
] as const;

/** The level at which a generation waits for a slot: 1 is first, 3 is that of priority 0. */
export function slotPriority(priority: number): number {
  return levelOf(priority).key;
}

/** The priorities above this one that wait at the same level; none where there are none. */
export function overtakers({ priority }: Pick<Generation, 'priority'>): {
  above: number;
  below: number;
} {
  const { key } = levelOf(priority);
  return { above: priority, below: LEVELS.find((it) => it.key === key - 1)?.least ?? Infinity };
}

function levelOf(priority: number) {
  return LEVELS.find(({ least }) => priority >= least) ?? LEVELS[4];
}
