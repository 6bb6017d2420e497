import { randomUUID } from 'node:crypto';
import { DarkroomError } from '../domain/failures.js';
import type { Storage } from './storage.js';

/** Under which names probes are written; a key of its own each, so that probes do not meet. */
const PREFIX = 'probes/';

/**
 * Writes a few bytes, reads them back and deletes them.
 * @throws DarkroomError as the storage does, `StorageUnavailable` when it gives back other bytes
 */
export async function probeStorage(
  storage: Storage,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const key = `${PREFIX}${randomUUID()}`;
  const bytes = Buffer.from(key);
  const options = signal ? { signal } : {};
  await storage.write(
    key,
    { from: { bytes }, sizeBytes: bytes.length, contentType: 'text/plain' },
    options,
  );
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await storage.read(key, options)) chunks.push(chunk as Buffer);
    if (Buffer.concat(chunks).equals(bytes)) return;
  } finally {
    await storage.delete(key);
  }
  throw new DarkroomError('StorageUnavailable', `${storage.name} gave back other bytes.`);
}
