/**
 * Temporal orders a queue by five levels; a generation may have any integer. What they leave open is
 * put in order when a slot is given out (activities/run-prediction.ts).
 */
const LEVELS = [
  { key: 1, least: 10 },
  { key: 2, least: 1 },
  { key: 3, least: 0 },
  { key: 4, least: -9 },
] as const;
const LAST_LEVEL = 5;

/** The level at which a generation waits for a slot: 1 is first, 3 is that of priority 0. */
export function slotPriority(priority: number): number {
  return LEVELS.find(({ least }) => priority >= least)?.key ?? LAST_LEVEL;
}
