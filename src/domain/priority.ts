/** How far in front work is queued, in Temporal and before the encoders; 1 is first. */
export const PRIORITY = { upload: 1, generation: 2, retry: 3, delivery: 3, backfill: 5 } as const;

/** Somebody waits for what is at least so far in front. */
export const URGENT = PRIORITY.generation;

/** Of work that says nothing, as Temporal has it. */
export const USUAL_PRIORITY = 3;
