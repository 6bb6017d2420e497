import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder of this machine for what can be made again: downloads, working masters, encoded files. */
export interface Scratch {
  /** Names the folder, not the process: a restarted worker finds its masters again. */
  readonly id: string;
  /**
   * The working master of these bytes by this recipe, which decides its size and colours; the file is
   * there only while it is needed.
   */
  masterPath(imageId: string, sha256: string, recipe: string): string;
  /** A folder of its own for one attempt, gone when it is disposed. */
  folder(): Promise<ScratchFolder>;
}

export interface ScratchFolder extends AsyncDisposable {
  path(name: string): string;
}

const HOUR_MS = 3_600_000;
const QUARTER_HOUR_MS = HOUR_MS / 4;

/** A clock that was put forward by more makes files look old that somebody works with. */
const CLOCKS_APART_MS = 60_000;

/** Opens the folder; then and now and again it clears out what has been left for more than an hour. */
export async function openScratch(root: string): Promise<Scratch> {
  const masters = join(root, 'masters');
  const attempts = join(root, 'attempts');
  await mkdir(masters, { recursive: true, mode: 0o700 });
  await mkdir(attempts, { recursive: true, mode: 0o700 });
  const clear = () => Promise.all([removeOlder(masters, HOUR_MS), removeOlder(attempts, HOUR_MS)]);
  await clear();
  const due = everyQuarterHour();
  const id = await scratchId(join(root, 'id'), join(attempts, randomUUID()));

  return {
    id,
    masterPath: (imageId, sha256, recipe) =>
      join(masters, `${imageId}-${sha256.slice(0, 16)}-${recipe.slice(0, 8)}.pixels`),
    folder: async () => {
      // By those who use it, so that no timer is needed.
      if (due()) await clear();
      const path = join(attempts, randomUUID());
      await mkdir(path);
      return {
        path: (name) => join(path, name),
        [Symbol.asyncDispose]: () => removeNowOrLater(path),
      };
    },
  };
}

/** Whether a quarter of an hour is over; one in which the clock was set does not count. */
function everyQuarterHour(): () => boolean {
  let last = { clockMs: Date.now(), passedMs: performance.now() };
  return () => {
    const now = { clockMs: Date.now(), passedMs: performance.now() };
    const passedMs = now.passedMs - last.passedMs;
    if (passedMs <= QUARTER_HOUR_MS) return false;
    const apartMs = Math.abs(now.clockMs - last.clockMs - passedMs);
    last = now;
    return apartMs <= CLOCKS_APART_MS;
  };
}

/** @param draft a path of the same file system that nobody else uses */
async function scratchId(path: string, draft: string): Promise<string> {
  await writeFile(draft, randomUUID().slice(0, 8));
  try {
    // A link is there whole or not at all, and lets exactly one of several starting workers name
    // the folder. A file opened with `wx` would be empty for a moment, and the others read that.
    await link(draft, path).catch(ignoreExisting);
  } finally {
    await rm(draft);
  }
  return (await readFile(path, 'utf8')).trim();
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** What cannot be removed now can be another time; the work that asked has nothing to do with it. */
async function removeOlder(folder: string, ageMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs <= ageMs) continue;
    await removeNowOrLater(path);
  }
}

/** A machine that has no handle left cannot list a folder; what was made in it counts all the same. */
async function removeNowOrLater(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
