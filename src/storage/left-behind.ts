import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** No upload takes so long; what is older was left behind by a process that was killed. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

/**
 * Removes the files of a folder that nobody writes to any more; of other processes that write there
 * nothing is as old. What cannot be removed now can be another time.
 */
export async function removeLeftBehind(folder: string, prefix = ''): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts === undefined || Date.now() - facts.mtimeMs < LEFT_BEHIND_MS) continue;
    await rm(path, { force: true }).catch(() => undefined);
  }
}
