import { Readable } from 'node:stream';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DarkroomError } from '../../src/domain/failures.js';
import type { OpenedStorage } from '../../src/storage/open-storage.js';
import type { StoredBytes } from '../../src/storage/storage.js';
import type { StorageFault } from './schedule.js';

const SLOW_MS = 2_000;

/** What is to become of the next request of this kind for this key; nothing: it goes through. */
export type AskFate = (
  request: 'read' | 'write' | 'stat' | 'delete',
  key: string,
) => Promise<StorageFault | undefined>;

/**
 * A store of files behind the failures of a network. Of an upload that breaks off the store gets half
 * of the bytes with the promise of all of them, and has to notice.
 */
export function faulty(storage: OpenedStorage, ask: AskFate): OpenedStorage {
  return {
    name: storage.name,
    read: async (key, options) => {
      const fate = await before(ask, 'read', key);
      const body = await storage.read(key, options);
      return fate === 'storageTruncated' ? brokenOff(body, key) : body;
    },
    write: async (key, source, options) => {
      const fate = await before(ask, 'write', key);
      const arriving = fate === 'storageTruncated' ? await firstHalf(source) : source;
      await storage.write(key, arriving, options);
      if (fate === 'storageStoredThenTimeout') throw unavailable(`no answer came for ${key}`);
    },
    stat: async (key) => {
      await before(ask, 'stat', key);
      return storage.stat(key);
    },
    delete: async (key) => {
      await before(ask, 'delete', key);
      return storage.delete(key);
    },
    list: (prefix) => storage.list(prefix),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

async function before(ask: AskFate, request: Parameters<AskFate>[0], key: string) {
  const fate = await ask(request, key);
  if (fate === 'storageUnavailable') throw unavailable(`503 for ${key}`);
  if (fate === 'storageSlow') await wait(SLOW_MS);
  return fate;
}

async function firstHalf(source: StoredBytes): Promise<StoredBytes> {
  const { from } = source;
  const bytes = 'bytes' in from ? from.bytes : await readFile(from.path);
  return { ...source, from: { bytes: bytes.subarray(0, Math.floor(bytes.length / 2)) } };
}

function brokenOff(body: Readable, key: string): Readable {
  async function* start() {
    for await (const chunk of body) {
      yield (chunk as Buffer).subarray(0, Math.floor((chunk as Buffer).length / 2));
      throw unavailable(`the connection broke while ${key} was read`);
    }
  }
  return Readable.from(start(), { objectMode: false });
}

function unavailable(message: string): DarkroomError {
  return new DarkroomError('StorageUnavailable', message);
}
