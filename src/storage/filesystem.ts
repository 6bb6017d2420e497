import type { Dirent } from 'node:fs';
import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../domain/failures.js';
import { fileError } from './file-errors.js';
import { checkKey, checkPrefix } from './key.js';
import { readFileStream } from './read-file.js';
import type { Storage, StoredBytes } from './storage.js';
import { INCOMING, storeFolder, type StoreFolder } from './store-folder.js';
import { writeWhole } from './write-file.js';

/** Objects as files under one folder, a key's slashes as folders. The folder is made on first write. */
export function openFilesystemStorage({ folder }: { folder: string }): Storage {
  const store = storeFolder(folder);

  function pathOf(key: string): string {
    checkKey(key);
    if (key === INCOMING || key.startsWith(`${INCOMING}/`)) {
      throw new DarkroomError('InvalidInput', `keys under ${INCOMING} are taken`);
    }
    return join(folder, key);
  }

  return {
    name: `file:${folder}`,

    async read(key, { signal, part } = {}) {
      const path = pathOf(key);
      try {
        return await readFileStream(path, key, { signal, part });
      } catch (error) {
        // Without its folder the store is not mounted, which says nothing about this object.
        if (error instanceof DarkroomError && error.kind === 'OriginalMissing') await store.check();
        throw error;
      }
    },

    async write(key, source, { signal } = {}) {
      const path = pathOf(key);
      try {
        signal?.throwIfAborted();
        await store.begin();
        await writeWhole(path, source, store.incoming, signal);
      } catch (error) {
        signal?.throwIfAborted();
        throw isAbout(error, source.from) ? error : fileError(error, 'writing', key);
      }
    },

    async stat(key) {
      const found = await foundIn(store, pathOf(key), key);
      return found && { sizeBytes: found.sizeBytes };
    },

    async delete(key) {
      const path = pathOf(key);
      // A folder on the way to other objects is not an object.
      if ((await foundIn(store, path, key)) === undefined) return;
      await rm(path, { force: true }).catch((error: unknown) => {
        throw fileError(error, 'writing', key);
      });
    },

    async *list(prefix) {
      checkPrefix(prefix);
      const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      for await (const key of keysUnder(folder, start)) {
        if (!key.startsWith(prefix)) continue;
        const found = await factsOf(join(folder, key), key);
        if (found !== undefined) yield { key, ...found };
      }
    },
  };
}

/** The caller's own file is missing or unreadable: nothing that the store could be blamed for. */
function isAbout(error: unknown, from: StoredBytes['from']): boolean {
  return 'path' in from && (error as NodeJS.ErrnoException).path === from.path;
}

/** Nothing, unless the store itself has gone away. */
async function foundIn(store: StoreFolder, path: string, key: string) {
  const found = await factsOf(path, key);
  if (found === undefined) await store.checkBegun();
  return found;
}

async function factsOf(path: string, key: string) {
  try {
    const facts = await stat(path);
    return facts.isFile() ? { sizeBytes: facts.size, modifiedAt: facts.mtime } : undefined;
  } catch (error) {
    return nothingIfMissing(error, key);
  }
}

/** @param start '' or a key's beginning that ends with a slash */
async function* keysUnder(folder: string, start: string): AsyncGenerator<string> {
  for await (const entry of entriesOf(join(folder, start), start)) {
    const key = start + entry.name;
    if (key === INCOMING) continue;
    if (entry.isDirectory()) yield* keysUnder(folder, `${key}/`);
    else yield key;
  }
}

/** A few at a time: a folder may hold millions, and nobody needs all of their names at once. */
async function* entriesOf(path: string, name: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: 256 });
  } catch (error) {
    nothingIfMissing(error, name);
  }
}

function nothingIfMissing(error: unknown, name: string): undefined {
  const failure = fileError(error, 'reading', name);
  if (failure instanceof DarkroomError && failure.kind === 'OriginalMissing') return undefined;
  throw failure;
}
