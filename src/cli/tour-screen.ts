import { MultiBar, Presets } from 'cli-progress';
import { duration, etaSeconds, ratePerSecond, type Progress } from '../domain/progress.js';

/** How many images of the run can be shown up to which width. */
export interface Sharpness {
  images: number;
  /** One for each tier, smallest first. */
  tiers: { widthPx: number; sharp: number }[];
}

/** Bars at the foot of the terminal, and lines of a story above them. */
export interface TourScreen extends Disposable {
  tell(line: string): void;
  show(progress: Progress, sharpness: Sharpness): void;
  /** Leaves the bars as they are; what is told from now on comes below them. */
  end(): void;
}

const TIER_FORMAT = ' {name} {bar} {value} of {total}';
const RUN_FORMAT = ' {name} {bar} {value} of {total} | {failed} failed | {rate} images/s | {left}';

export function openTourScreen(): TourScreen {
  const bars = new MultiBar(
    { stream: process.stdout, hideCursor: true, barsize: 30, fps: 10 },
    Presets.shades_classic,
  );
  const shown = new Map<string, ReturnType<MultiBar['create']>>();
  const bar = (name: string, format: string, total: number) => {
    const known = shown.get(name);
    if (known !== undefined) return known;
    const made = bars.create(total, 0, { name: name.padStart(7), ...NOTHING_YET }, { format });
    shown.set(name, made);
    return made;
  };
  const end = () => {
    // What was told since the last drawing is still to be written.
    if (shown.size > 0) bars.update();
    bars.stop();
    shown.clear();
  };
  return {
    tell: (line) => (shown.size === 0 ? process.stdout.write(`${line}\n`) : bars.log(`${line}\n`)),
    show: (progress, { images, tiers }) => {
      for (const { widthPx, sharp } of tiers) {
        const tier = bar(`${widthPx} px`, TIER_FORMAT, images);
        tier.setTotal(images);
        tier.update(sharp);
      }
      const total = Math.max(progress.total, progress.done + progress.failed);
      const run = bar('ended', RUN_FORMAT, total);
      run.setTotal(total);
      run.update(progress.done + progress.failed, words(progress));
    },
    end,
    [Symbol.dispose]: end,
  };
}

const NOTHING_YET = { failed: 0, rate: '0.0', left: 'starting' };

function words(progress: Progress) {
  const eta = etaSeconds(progress);
  return {
    failed: progress.failed,
    rate: ratePerSecond(progress).toFixed(1),
    left: eta === undefined ? 'starting' : `${duration(eta)} left`,
  };
}
