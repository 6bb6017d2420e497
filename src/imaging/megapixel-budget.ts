import type { Animation } from './encoder-jobs.js';

/** Of a picture, or of all the frames of one that moves. */
export function megapixelsOf(picture: {
  widthPx: number;
  heightPx: number;
  animation?: Animation | undefined;
}): number {
  const { widthPx, heightPx, animation } = picture;
  return (widthPx * heightPx * (animation?.frames ?? 1)) / 1e6;
}

/** Room for the pixels of one job; asked for before they are decoded. */
export interface Claim {
  /** Gives the room back, or the place in the queue when there was none yet. */
  release(): void;
}

interface Waiting {
  megapixels: number;
  onGranted: () => void;
}

/**
 * How many megapixels may be decoded at once, over all encoder processes: the count of processes
 * bounds memory only when every picture is small. A picture larger than everything gets its turn
 * when it is alone.
 */
export class MegapixelBudget {
  readonly #limit: number;
  readonly #waiting = new Set<Waiting>();
  #inUse = 0;

  constructor(limitMegapixels: number) {
    this.#limit = limitMegapixels;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Calls `onGranted` once there is room, at once if there is; who asked first is served first. */
  claim(megapixels: number, onGranted: () => void): Claim {
    let held = false;
    const waiting: Waiting = {
      megapixels,
      onGranted: () => {
        held = true;
        onGranted();
      },
    };
    this.#waiting.add(waiting);
    this.#grant();
    return {
      release: () => {
        this.#waiting.delete(waiting);
        if (held) this.#inUse -= megapixels;
        held = false;
        this.#grant();
      },
    };
  }

  #grant(): void {
    for (const first of this.#waiting) {
      const fits = this.#inUse === 0 || this.#inUse + first.megapixels <= this.#limit;
      // Nobody overtakes, or a large picture would wait for as long as small ones come.
      if (!fits) return;
      this.#waiting.delete(first);
      this.#inUse += first.megapixels;
      first.onGranted();
    }
  }
}
