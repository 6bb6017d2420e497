import { createHash } from 'node:crypto';
import { DarkroomError } from '../domain/failures.js';
import type { Storage } from './storage.js';

/** What ought to be stored under a key. */
export interface Expected {
  key: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
}

/** `damaged`: there is something, but not these bytes. */
export type StoredState = 'whole' | 'missing' | 'damaged';

/**
 * Whether the very bytes are stored: by the checksum that the store keeps, or by reading them where it
 * keeps none.
 */
export async function storedState(
  storage: Storage,
  { key, sizeBytes, sha256 }: Expected,
  { signal }: { signal?: AbortSignal } = {},
): Promise<StoredState> {
  const found = await storage.stat(key);
  if (found === undefined) return 'missing';
  if (found.sizeBytes !== sizeBytes) return 'damaged';
  const actual = found.sha256 ?? (await hashStored(storage, key, signal));
  if (actual === undefined) return 'missing';
  return actual === sha256 ? 'whole' : 'damaged';
}

/** `undefined` when it was removed since. */
async function hashStored(
  storage: Storage,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const body = await storage.read(key, signal === undefined ? {} : { signal });
    for await (const chunk of body) hash.update(chunk as Buffer);
  } catch (error) {
    if (error instanceof DarkroomError && error.kind === 'OriginalMissing') return undefined;
    throw error;
  }
  return hash.digest('hex');
}
