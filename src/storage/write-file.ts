import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DarkroomError } from '../domain/failures.js';
import type { StoredBytes } from './storage.js';

/**
 * Puts the bytes at the path, whole or not at all, and returns when they survive a power cut.
 * @param incoming a folder of the same file system, for what is not finished; it has to be there
 */
export async function writeWhole(
  path: string,
  source: StoredBytes,
  incoming: string,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const unfinished = join(incoming, randomUUID());
  try {
    await writeDurably(unfinished, source, signal);
    signal?.throwIfAborted();
    await makeFolder(dirname(path));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeDurably(
  path: string,
  { from, sizeBytes, sha256 }: StoredBytes,
  signal?: AbortSignal,
): Promise<void> {
  await using file = await open(path, 'wx');
  const bytes = 'bytes' in from ? [from.bytes] : createReadStream(from.path);
  await pipeline(
    bytes,
    async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) await file.writeFile(chunk);
    },
    signal === undefined ? {} : { signal },
  );
  const written = (await file.stat()).size;
  if (written !== sizeBytes) {
    throw new DarkroomError(
      'StorageUnavailable',
      `${written} of ${sizeBytes} bytes arrived in ${path}`,
    );
  }
  await file.sync();
  if (sha256 !== undefined && (await hashOf(path, signal)) !== sha256) {
    throw new DarkroomError('StorageUnavailable', `other bytes than were sent arrived in ${path}`);
  }
}

/** Read from the file again: what was sent says nothing about what arrived. */
async function hashOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, signal && { signal })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Makes the folder and whatever is missing above it, each recorded durably in its parent. */
export async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return;
  const top = dirname(firstMade);
  for (let parent = dirname(folder); parent.length >= top.length; parent = dirname(parent)) {
    await syncFolder(parent);
    if (parent === top) return;
  }
}

/** A rename is durable only when the folder that holds the name is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
