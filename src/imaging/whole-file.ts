import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file that nobody ever sees half: under a temporary name beside it, then renamed. What a
 * kill leaves behind ends in `.partial`. Not flushed to disk, because scratch is made again when a
 * machine dies.
 */
export async function writeWholeFile(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
