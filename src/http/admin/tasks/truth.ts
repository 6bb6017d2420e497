import { counted, number } from '../../../domain/counted.js';
import { FAILURES } from '../../../domain/failures.js';
import { etaSeconds, ratePerSecond, underWay, type Progress } from '../../../domain/progress.js';
import type { RunStatus } from '../../../domain/runs.js';
import { about, percent, spoken } from '../words.js';
import type { TasksState } from './tasks-state.js';

/** A run that has not begun by then waits for somebody to begin it. */
const PATIENCE_MS = 15_000;

/** One sentence that says what is true now, and another one for each provider that is not asked. */
export function truth(state: TasksState): string {
  return [ofImages(state), ...state.paused.map(waiting)].join(' ');
}

function waiting({ step, lastFailure }: TasksState['paused'][number]): string {
  const what = step === 'metadata' ? 'Descriptions' : 'Embeddings';
  const why = lastFailure === undefined ? '' : `: ${FAILURES[lastFailure.kind].says}`;
  return why === '' ? `${what} wait for their provider.` : `${what} wait for their provider${why}`;
}

function ofImages({ now, stats, last }: TasksState): string {
  if (now.state === 'running') return ofRun(now.progress);
  if (stats.images === 0) return 'There are no images yet.';
  const parts = [
    `${number(stats.ready)} of ${counted(stats.images, 'image')} ready`,
    ...(stats.failed > 0 ? [`${number(stats.failed)} failed`] : []),
  ];
  const end = last === undefined ? 'no run yet' : `the last run ${outcomeInWords(last.status)}`;
  return `${[...parts, end].join(', ')}.`;
}

function ofRun(progress: Progress): string {
  const { done, failed, total, status, because } = progress;
  const parts = [
    `${number(done)} of ${counted(total, 'image')} ready`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
  ];
  if (status === 'paused') {
    const going = underWay(progress);
    const left = going > 0 ? `, ${number(going)} still finishing` : '';
    const why = because === undefined ? '' : ` It paused itself: ${because.message}`;
    return `Paused at ${parts.join(', ')}${left}.${why}`;
  }
  if (nobodyThere(progress)) return `${parts.join(', ')}. No worker has taken it up yet.`;
  const eta = etaSeconds(progress);
  return `${[...parts, ...(eta === undefined ? [] : [`${about(eta)} left`])].join(', ')}.`;
}

export function nobodyThere(progress: Progress): boolean {
  const { done, failed, startedAtMs, nowMs } = progress;
  return done + failed + underWay(progress) === 0 && nowMs - startedAtMs > PATIENCE_MS;
}

/** What the browser tab says. */
export function titleOf({ now }: TasksState): string {
  if (now.state === 'idle') return 'Tasks';
  const { done, failed, total, status } = now.progress;
  const part = `${percent(done + failed, total)} %`;
  return status === 'paused' ? `Paused at ${part}` : `${part} Backfill`;
}

/** For screen readers: said when it changes, so in steps of a tenth and not with every image. */
export function announcement(state: TasksState): string {
  const { now, last } = state;
  if (now.state === 'idle') {
    return last?.finishedAt === undefined ? '' : `The run ${outcomeInWords(last.status)}.`;
  }
  const { done, failed, total, status } = now.progress;
  const tenth = Math.floor(percent(done + failed, total) / 10) * 10;
  return `Backfill ${spoken(status)}, ${tenth} percent, ${counted(failed, 'failure')}.`;
}

export function rateInWords(progress: Progress): string {
  const rate = ratePerSecond(progress);
  if (rate === 0) return '0 images/s';
  return rate >= 1 ? `${rate.toFixed(1)} images/s` : `${(rate * 60).toFixed(1)} images/min`;
}

export function outcomeInWords(status: RunStatus): string {
  switch (status) {
    case 'running':
      return 'is running';
    case 'paused':
      return 'is paused';
    case 'succeeded':
      return 'succeeded';
    case 'succeeded_with_failures':
      return 'finished with failures';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'was cancelled';
  }
}
