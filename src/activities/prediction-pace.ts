/** How patiently predictions are followed, in milliseconds. */
export interface PredictionPace {
  /** Between the first two looks at a prediction; the waits grow by half. */
  firstPollMs: number;
  longestPollMs: number;
  /** How often, while it waits, somebody looks whether the generation was cancelled or woken. */
  lookMs: number;
  /** Before the second try; the waits double. */
  firstRetryMs: number;
}

/** A picture takes between two seconds and a few minutes, and every look is a request. */
export const PREDICTION_PACE: PredictionPace = {
  firstPollMs: 2_000,
  longestPollMs: 10_000,
  lookMs: 500,
  firstRetryMs: 1_000,
};
