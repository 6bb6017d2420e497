import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Darkroom } from '../../src/client.js';
import { median } from '../report.js';

/** Uploads that are timed, one after another. */
const UPLOADS = 7;
/** Enough that a run does not come to its end while they are timed. */
const COPIES = 10;
const LOOK_MS = 5;
const OWNER = 'visitor';

let copies = 0;

/** The same picture in other bytes: what follows its end is read by nobody. */
async function another(file: string): Promise<Buffer> {
  return Buffer.concat([await readFile(file), Buffer.from(`copy ${(copies += 1)}`)]);
}

/** Milliseconds from an upload to the first tier that a page can show, the median of several. */
export async function firstTierMs(
  darkroom: Darkroom,
  files: string[],
  signal: AbortSignal,
): Promise<number> {
  const times: number[] = [];
  for (let upload = 0; upload < UPLOADS; upload += 1) {
    const file = files[upload % files.length] ?? '';
    const body = await another(file);
    const startedAt = performance.now();
    const { id } = await darkroom.upload({ ownerId: OWNER, fileName: basename(file), body });
    const working = darkroom.process(id, { wait: true });
    for (;;) {
      const view = await darkroom.image(id);
      if (view?.status === 'failed') throw new Error(`${basename(file)} failed.`);
      if (view !== undefined && view.readyMaxWidth > 0) break;
      await wait(LOOK_MS, undefined, { signal });
    }
    times.push(performance.now() - startedAt);
    // The next one is timed alone, not beside the large tiers of this one.
    await working;
  }
  return median(times);
}

/** A backfill that keeps every slot busy while the work goes on, and is cancelled after it. */
export async function underLoad<T>(
  { darkroom, folder, files, slots }: Load,
  work: () => Promise<T>,
): Promise<T> {
  const ownerId = `library-${(copies += 1)}`;
  const library = join(folder, ownerId);
  await mkdir(library);
  for (let copy = 0; copy < COPIES; copy += 1) {
    for (const file of files) {
      await writeFile(join(library, `${copy}-${basename(file)}`), await another(file));
    }
  }
  await darkroom.import(library, { ownerId });
  const concurrency = 4 * slots;
  const { runId } = await darkroom.backfill.start({ ownerId, concurrency });
  for await (const { inFlight, done } of darkroom.backfill.watch(runId)) {
    if (inFlight >= concurrency && done > 0) break;
  }
  try {
    const result = await work();
    const { status } = await darkroom.backfill.status(runId);
    if (status !== 'running') throw new Error('The backfill ended before the uploads did.');
    return result;
  } finally {
    await darkroom.backfill.cancel(runId).catch(() => undefined);
  }
}

export interface Load {
  darkroom: Darkroom;
  folder: string;
  files: string[];
  /** Encoders of all workers. */
  slots: number;
}
