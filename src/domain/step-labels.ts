/** What the steps of an image are called wherever people see them. */
const LABELS: Record<string, string> = {
  prepareOriginal: 'original',
  describeImage: 'description',
  embedImage: 'embedding',
  deferSteps: 'left for later',
  recordFailure: 'failure filed',
  releaseImage: 'released',
  variants: 'variants',
  metadata: 'description',
  embedding: 'embedding',
};

/** `tier 640`. */
export function tierLabel(widthPx: number): string {
  return `tier ${widthPx}`;
}

/** @param step an activity's type or a step of the catalog; one that has no label is its own. */
export function stepLabel(step: string): string {
  return LABELS[step] ?? step;
}
