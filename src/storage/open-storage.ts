import type { StorageLocation } from '../config/parsers.js';
import { openFilesystemStorage } from './filesystem.js';
import { openModuleStorage } from './module.js';
import { openS3Storage } from './s3.js';
import type { Storage } from './storage.js';

/** Disposing lets go of connections; a folder has none. */
export type OpenedStorage = Storage & AsyncDisposable;

export function openStorage(location: StorageLocation): OpenedStorage {
  switch (location.kind) {
    case 'filesystem':
      return Object.assign(openFilesystemStorage(location), {
        [Symbol.asyncDispose]: async () => undefined,
      });
    case 's3':
      return openS3Storage(location);
    case 'module':
      return openModuleStorage(location);
  }
}
