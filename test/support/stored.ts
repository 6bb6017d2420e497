import { readAll } from '../../src/activities/read-all.js';
import type { Storage } from '../../src/storage/storage.js';

/** Every key under the prefix, sorted. */
export async function keysIn(storage: Storage | undefined, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  if (storage !== undefined) for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

/** The bytes under each of the keys. @throws when one is missing */
export async function bytesIn(storage: Storage | undefined, keys: string[]) {
  const found = new Map<string, Buffer>();
  if (storage === undefined) return found;
  for (const key of keys) found.set(key, await readAll(await storage.read(key)));
  return found;
}
