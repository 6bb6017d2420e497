import { detailsTable } from './details-table.js';
import type { RunCounts, RunStatus, Scope } from './runs.js';

/** Where a run stands at a moment; what the progress query answers. */
export interface Progress extends RunCounts {
  runId: string;
  scope: Scope;
  status: RunStatus;
  total: number;
  /** Images whose variants are being made. */
  inFlight: number;
  /** Images that are ready to show and wait for their description. */
  describing?: number;
  concurrency: number;
  /** Why the run paused itself or failed; absent when a person paused it, or when it goes on. */
  because?: { kind: string; message: string };
  startedAtMs: number;
  nowMs: number;
  /** How much of that time it was paused. */
  pausedMs?: number;
}

/** Images that are begun and not finished, whatever they wait for. */
export function underWay({ inFlight, describing = 0 }: Progress): number {
  return inFlight + describing;
}

/** Images finished a second since the start, pauses left out; 0 before the first. */
export function ratePerSecond(progress: Progress): number {
  const { startedAtMs, nowMs, pausedMs = 0 } = progress;
  const seconds = (nowMs - startedAtMs - pausedMs) / 1000;
  return seconds > 0 ? (progress.done + progress.failed) / seconds : 0;
}

/** Seconds left at the rate so far; `undefined` while nothing has finished. */
export function etaSeconds(progress: Progress): number | undefined {
  const rate = ratePerSecond(progress);
  const left = Math.max(0, progress.total - progress.done - progress.failed);
  return rate > 0 ? left / rate : undefined;
}

/** `4 min 10 s`, `12 s`, `2 h 5 min`: the two largest units, for people. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `running`, `paused`, or with the reason when the run itself had one: `paused: The disk is full.` */
export function standing({ status, because }: Progress): string {
  return because === undefined ? status : `${status}: ${because.message}`;
}

/** The run as a small Markdown table, as the Temporal Web UI shows it under "current details". */
export function progressTable(progress: Progress): string {
  const eta = etaSeconds(progress);
  const rows: [string, string | number][] = [
    ['status', standing(progress)],
    ['scope', progress.scope],
    ['done', `${progress.done} of ${progress.total}`],
    ['failed', progress.failed],
    ['in flight', `${progress.inFlight} of ${progress.concurrency}`],
    ...(progress.describing ? [['describing', progress.describing] as [string, number]] : []),
    ['rate', `${ratePerSecond(progress).toFixed(1)} images/s`],
    ['time left', eta === undefined ? 'not known yet' : duration(eta)],
  ];
  return detailsTable(rows);
}
