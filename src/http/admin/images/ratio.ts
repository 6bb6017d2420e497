/**
 * Widths follow from ratios without a style attribute, which the pages' content policy forbids:
 * a class for every ratio in steps of a fiftieth, fine enough to crop a picture by 2 % at most.
 */
const FINEST = 50;
/** Wider panoramas and taller scrolls are cropped in lists. */
const NARROWEST = 0.5;
const WIDEST = 3;

/** Of an image whose size nobody knows yet. */
export const USUAL_RATIO = 1.5;

export function shownRatio({ width, height }: { width?: number; height?: number }): number {
  if (!width || !height) return USUAL_RATIO;
  const ratio = Math.min(WIDEST, Math.max(NARROWEST, width / height));
  return Math.round(ratio * FINEST) / FINEST;
}

/** Whether it is so wide or so tall that a list shows another shape. */
export function isBeyondShown({ width, height }: { width: number; height: number }): boolean {
  return width / height < NARROWEST || width / height > WIDEST;
}

export function ratioClass(ratio: number): string {
  return `r${Math.round(ratio * 100)}`;
}

/** A row is as high as its pictures need to fill it: each grows by its own ratio. */
export function ratioStyles(): string {
  const rules: string[] = [];
  for (let step = NARROWEST * FINEST; step <= WIDEST * FINEST; step += 1) {
    const ratio = step / FINEST;
    rules.push(
      `.${ratioClass(ratio)}{flex:${Math.round(ratio * 100)} 1 calc(${ratio}*var(--row));aspect-ratio:${ratio};--ratio:${ratio}}`,
    );
  }
  return rules.join('\n');
}
