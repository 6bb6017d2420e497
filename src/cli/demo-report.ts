import type { CatalogStats, RunFailure } from '../catalog/catalog.js';
import type { Darkroom } from '../client.js';
import type { Run } from '../domain/runs.js';
import { EXIT, exitOf, type ExitCode } from './command-context.js';

/** What the runs of one demo came to: an earlier start may have left one, and photographs are new. */
export interface Processed {
  /** In the order in which they ended; none when everything was ready already. */
  runs: Run[];
  failures: RunFailure[];
}

/** More than a folder of photographs has. */
const MOST_FAILURES = 10_000;

/** What failed in an earlier run and was made good by a later one is no failure any more. */
export async function failuresOf(darkroom: Darkroom, runs: Run[]): Promise<RunFailure[]> {
  const last = runs.at(-1);
  if (last === undefined) return [];
  const failures = await darkroom.backfill.failures(last.id, MOST_FAILURES);
  const told = new Set(failures.map(({ imageId, step }) => `${imageId} ${step}`));
  for (const { id } of runs.slice(0, -1)) {
    for (const failure of await darkroom.backfill.failures(id, MOST_FAILURES)) {
      const { imageId, step } = failure;
      if (told.has(`${imageId} ${step}`)) continue;
      const image = await darkroom.image(imageId);
      if (image?.steps[step].state === 'failed') failures.push(failure);
    }
  }
  return failures;
}

export function reportOf(
  stats: CatalogStats,
  { runs, failures }: Processed,
  skipped: { file: string; kind: string }[],
) {
  const seconds = sum(runs.map(secondsOf));
  const finished = sum(runs.map(({ done, failed }) => done + failed));
  return {
    images: stats.images,
    ready: stats.ready,
    failed: stats.failed,
    variants: stats.variants,
    seconds: Number(seconds.toFixed(2)),
    imagesPerSecond: seconds > 0 ? Number((finished / seconds).toFixed(2)) : 0,
    failures: failures.map(({ fileName, kind }) => ({ file: fileName, kind })),
    skipped,
  };
}

/** The last run says whether all were tried, the failures whether all are ready. */
export function exitOfAll({ runs, failures }: Processed): ExitCode {
  const last = runs.at(-1);
  if (last !== undefined && exitOf(last) === EXIT.failed) return EXIT.failed;
  return failures.length > 0 ? EXIT.finishedWithFailures : EXIT.done;
}

function secondsOf({ startedAt, finishedAt }: Run): number {
  return finishedAt === undefined ? 0 : (finishedAt.getTime() - startedAt.getTime()) / 1000;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
