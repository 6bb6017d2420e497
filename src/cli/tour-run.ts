import type { Darkroom } from '../client.js';
import { counted } from '../domain/counted.js';
import type { Progress } from '../domain/progress.js';
import type { Run } from '../domain/runs.js';
import type { Sharpness, TourScreen } from './tour-screen.js';

/** Enough for every photograph that the demo paints; the bars of more would only cost time. */
const WATCHED_IMAGES = 500;

/** The backfill of a tour, while it goes on. */
export interface TourRun {
  /** Images that wait or are being made. */
  left(): number;
  /** Resolves once so many images have ended, or the run has. */
  ended(images: number): Promise<void>;
  readonly end: Promise<Run>;
}

/** Starts it and keeps the screen up to date until it has ended. */
export async function startTourRun(
  darkroom: Darkroom,
  screen: TourScreen,
  signal: AbortSignal,
): Promise<TourRun> {
  const unready = await unreadyImages(darkroom);
  signal.throwIfAborted();
  const { runId, images } = await darkroom.backfill.start({ startedBy: 'the demo' });
  screen.tell(
    `Processing ${counted(images, 'image')}, each in three tiers: the small ones can be shown first.`,
  );
  let latest: Progress | undefined;
  let over = false;
  let wake: () => void = () => undefined;
  let changed = new Promise<void>((resolve) => (wake = resolve));

  const follow = async (): Promise<Run> => {
    const watching = darkroom.backfill.watch(runId, { everyMs: 250, signal });
    try {
      for (;;) {
        const step = await watching.next();
        if (step.done === true) return step.value;
        latest = step.value;
        screen.show(latest, await sharpnessOf(darkroom, unready));
        wake();
        changed = new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      over = true;
      wake();
    }
  };
  const end = follow();
  // Whoever waits for it hears of a failure; until then nobody may.
  end.catch(() => undefined);
  const finished = () => (latest === undefined ? 0 : latest.done + latest.failed);
  return {
    left: () => (over ? 0 : images - finished()),
    ended: async (count) => {
      while (!over && finished() < count) await changed;
      signal.throwIfAborted();
    },
    end,
  };
}

async function unreadyImages(darkroom: Darkroom): Promise<Set<string>> {
  const newest = await darkroom.images({ limit: WATCHED_IMAGES });
  return new Set(newest.filter((image) => !image.variantsReady).map(({ id }) => id));
}

/** A picture that is smaller than a tier is as sharp as that tier can make it once it is ready. */
async function sharpnessOf(darkroom: Darkroom, unready: Set<string>): Promise<Sharpness> {
  const newest = await darkroom.images({ limit: WATCHED_IMAGES });
  const images = newest.filter(({ id, quarantinedAt }) => unready.has(id) && !quarantinedAt);
  const tiers = darkroom.recipe.tiers.map(({ widthPx }) => ({
    widthPx,
    sharp: images.filter((image) => image.variantsReady || image.readyMaxWidthPx >= widthPx).length,
  }));
  return { images: images.length, tiers };
}
