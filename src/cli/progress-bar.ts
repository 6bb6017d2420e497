import { Presets, SingleBar } from 'cli-progress';
import {
  duration,
  etaSeconds,
  ratePerSecond,
  standing,
  type Progress,
} from '../domain/progress.js';
import type { Run } from '../domain/runs.js';
import { sentence, type Print } from './print.js';

/** Without a terminal a line every so often says as much as a bar. */
const LINE_EVERY_MS = 5_000;

const FORMAT = ' {bar} {percentage}% | {value} of {total} | {failed} failed | {rate}/s | {left}';

/** Shows a run until it has ended and resolves with its last state. */
export async function showProgress(
  progress: AsyncGenerator<Progress, Run>,
  print: Print,
): Promise<Run> {
  const view = process.stdout.isTTY && !print.json ? bar() : lines(print);
  try {
    for (;;) {
      const step = await progress.next();
      if (step.done === true) return step.value;
      view.show(step.value);
    }
  } finally {
    view.end();
  }
}

interface ProgressView {
  show(progress: Progress): void;
  end(): void;
}

function bar(): ProgressView {
  const drawn = new SingleBar({ format: FORMAT, hideCursor: true }, Presets.shades_classic);
  let started = false;
  return {
    show: (progress) => {
      if (!started) drawn.start(progress.total, 0, words(progress));
      started = true;
      drawn.setTotal(Math.max(progress.total, progress.done + progress.failed));
      drawn.update(progress.done + progress.failed, words(progress));
    },
    end: () => drawn.stop(),
  };
}

export function words(progress: Progress) {
  return {
    failed: progress.failed,
    rate: ratePerSecond(progress).toFixed(1),
    left: left(progress),
  };
}

/** A run that stands still has no end in sight, and says why it stands. */
function left(progress: Progress): string {
  if (progress.status === 'paused') return standing(progress);
  const eta = etaSeconds(progress);
  return eta === undefined ? 'starting' : `${duration(eta)} left`;
}

function lines(print: Print): ProgressView {
  let saidAtMs = 0;
  let last = '';
  return {
    show: (progress) => {
      const text = sentence(progress);
      const due = Date.now() - saidAtMs >= LINE_EVERY_MS || progress.status !== 'running';
      if (!due || text === last) return;
      print.line(text);
      saidAtMs = Date.now();
      last = text;
    },
    end: () => undefined,
  };
}
