import type { Story, StoryAttempt } from '../client.js';
import { duration } from '../domain/progress.js';
import { table } from './print.js';

/** The story as a table: what was tried, how it went, how long it took, by whom. */
export function storyWords(story: Story): string {
  return [
    heading(story),
    ...(story.attempts.length === 0 ? [] : [attemptTable(story.attempts)]),
  ].join('\n');
}

function heading({ source, workflowId, runId, status, startedAt, endedAt }: Story): string {
  if (source === 'catalog') {
    return `${workflowId}: Temporal does not know of it (any more); the catalog says of each step:`;
  }
  const when = startedAt === undefined ? '' : `, started ${clock(startedAt)}`;
  const took =
    startedAt === undefined || endedAt === undefined ? '' : `, took ${between(startedAt, endedAt)}`;
  return `${workflowId}, run ${runId}: ${status.replaceAll('_', ' ')}${when}${took}`;
}

function attemptTable(attempts: StoryAttempt[]): string {
  const rows = attempts.map((it) => [
    `  ${it.label}`,
    it.attempt,
    it.outcome,
    it.startedAt === undefined ? '' : clock(it.startedAt),
    it.startedAt === undefined || it.endedAt === undefined ? '' : between(it.startedAt, it.endedAt),
    it.worker ?? '',
    it.failure === undefined ? '' : `${it.failure.message} (${it.failure.kind})`,
  ]);
  return table([['  STEP', 'TRY', 'OUTCOME', 'STARTED', 'TOOK', 'WORKER', 'WHY'], ...rows]);
}

function clock(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

function between(from: Date, to: Date): string {
  const ms = to.getTime() - from.getTime();
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : duration(ms / 1000);
}
