import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DarkroomError } from '../domain/failures.js';
import { removeLeftBehind } from './left-behind.js';
import { makeFolder } from './write-file.js';

/** Holds what is being written; what a crash leaves here is in no listing and under no key. */
export const INCOMING = '.incoming';

export interface StoreFolder {
  readonly incoming: string;
  /** Before a write. @throws DarkroomError `StorageGone` */
  begin(): Promise<void>;
  /** After something was not found: nothing can be said of it when the whole store is not there. */
  check(): Promise<void>;
  /** The same where a store need not have been begun: nobody has to write before he deletes. */
  checkBegun(): Promise<void>;
}

/**
 * The folder of a store, made before the first write and never again: one that vanishes later is a
 * mount that is away, and what is written into a new one would be hidden when it comes back. An empty
 * folder where the mount was is known by the missing `.incoming`.
 */
export function storeFolder(folder: string): StoreFolder {
  const incoming = join(folder, INCOMING);
  let begun = false;

  async function check(): Promise<void> {
    const path = begun ? incoming : folder;
    await access(path).catch((cause: NodeJS.ErrnoException) => {
      const kind = cause.code === 'ENOENT' ? 'StorageGone' : 'StorageUnavailable';
      throw new DarkroomError(kind, `${path} is not there; is ${folder} mounted?`, { cause });
    });
  }

  return {
    incoming,
    check,
    checkBegun: async () => {
      if (begun) await check();
    },
    begin: async () => {
      if (begun) return check();
      await makeFolder(incoming);
      await removeLeftBehind(incoming);
      begun = true;
    },
  };
}
