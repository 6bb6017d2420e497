import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Catalog } from '../catalog/catalog.js';
import { DarkroomError } from '../domain/failures.js';
import type { Storage } from '../storage/storage.js';

export interface Upload {
  ownerId: string;
  /** As the person named it; shown, searched, never used as a path. */
  fileName: string;
  body: Uint8Array | Readable | AsyncIterable<Uint8Array>;
}

/**
 * Stores the bytes and registers the image. The same bytes from the same owner are the same image,
 * so uploading again changes nothing and gives the same id.
 */
export async function storeUpload(
  { catalog, originals }: { catalog: Catalog; originals: Storage },
  { ownerId, fileName, body }: Upload,
  maxBytes: number,
): Promise<{ id: string; created: boolean }> {
  const path = join(tmpdir(), `darkroom-upload-${randomUUID()}`);
  try {
    const { sha256, sizeBytes } = await spool(body, path, maxBytes);
    if (sizeBytes === 0) throw new DarkroomError('ImageEmpty');
    const original = `originals/${folderOf(ownerId)}/${sha256}`;
    if ((await originals.stat(original)) === undefined) {
      const contentType = 'application/octet-stream';
      await originals.write(original, { from: { path }, sizeBytes, contentType });
    }
    return await catalog.images.register({ ownerId, original, fileName: basename(fileName) });
  } finally {
    await rm(path, { force: true });
  }
}

/** Owners are free text; a folder is not. */
function folderOf(ownerId: string): string {
  return createHash('sha256').update(ownerId).digest('hex').slice(0, 16);
}

async function spool(body: Upload['body'], path: string, maxBytes: number) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      hash.update(chunk);
      done(sizeBytes > maxBytes ? new DarkroomError('FileTooLarge') : null, chunk);
    },
  });
  const source = body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body);
  await pipeline(source, measured, createWriteStream(path, { mode: 0o600 }));
  return { sha256: hash.digest('hex'), sizeBytes };
}
