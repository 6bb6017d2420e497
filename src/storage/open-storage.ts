import type { StorageLocation } from '../config/parsers.js';
import { openFilesystemStorage } from './filesystem.js';
import type { Storage } from './storage.js';

export function openStorage(location: StorageLocation): Storage {
  switch (location.kind) {
    case 'filesystem':
      return openFilesystemStorage(location);
  }
}
