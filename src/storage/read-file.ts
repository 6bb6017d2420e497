import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import { fileError } from './file-errors.js';
import type { Part } from './storage.js';

/** A disk answers in milliseconds; a network mount that is silent for this long will not come back soon. */
const SILENCE_MS = 30_000;
const CHUNK_BYTES = 256 * 1024;

/**
 * The file as a stream, read no faster than it is consumed.
 * @param name what the file is called in messages
 * @throws DarkroomError `OriginalMissing`, `OriginalUnreadable` (also for folders, pipes and devices)
 *   or `StorageUnavailable`; the stream fails with the same kinds.
 */
export async function readFileStream(
  path: string,
  name: string,
  { signal, part }: { signal?: AbortSignal | undefined; part?: Part | undefined } = {},
): Promise<Readable> {
  signal?.throwIfAborted();
  try {
    // Asked first, because opening a pipe waits for a writer and opening a device may do something.
    if (!(await stat(path)).isFile()) {
      throw new DarkroomError('OriginalUnreadable', `${name} is not a regular file`);
    }
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return fileStream(handle, name, { signal, part });
  } catch (error) {
    throw fileError(error, 'reading', name);
  }
}

/** Not fs.createReadStream: it neither maps an error in the middle nor notices a mount that hangs. */
function fileStream(
  handle: FileHandle,
  name: string,
  { signal, part }: { signal?: AbortSignal | undefined; part?: Part | undefined },
): Readable {
  let position = part?.first ?? 0;
  const end = part === undefined ? Infinity : part.last + 1;
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    ...(signal === undefined ? {} : { signal }),
    read() {
      const wanted = Math.min(CHUNK_BYTES, end - position);
      readChunk(handle, name, { position, wanted }).then(
        (chunk) => {
          position += chunk?.length ?? 0;
          this.push(chunk);
        },
        (error: unknown) => this.destroy(fileError(error, 'reading', name) as Error),
      );
    },
    destroy(error, done) {
      // Closing waits for a pending read, and the reader must not wait with it.
      handle.close().catch(() => undefined);
      done(error);
    },
  });
}

/** `null` at the end of the file. */
async function readChunk(
  handle: FileHandle,
  name: string,
  { position, wanted }: { position: number; wanted: number },
): Promise<Buffer | null> {
  if (wanted <= 0) return null;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DarkroomError('StorageUnavailable', `${name} gave nothing for ${SILENCE_MS} ms`));
    }, SILENCE_MS);
  });
  try {
    const buffer = Buffer.allocUnsafe(wanted);
    const { bytesRead } = await Promise.race([handle.read(buffer, 0, wanted, position), silence]);
    return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
  } finally {
    clearTimeout(timer);
  }
}
