import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { importFrom } from '../../src/client/import-from.js';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import type { Storage } from '../../src/storage/storage.js';
import { useCatalog } from '../catalog/open.js';
import { stored } from '../storage/storage.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const db = useCatalog();
let bucket: Storage;
let opened: string[];

beforeEach(() => {
  bucket = openFilesystemStorage({ folder: join(temporaryFolder(), 'bucket') });
  opened = [];
});

async function put(...keys: string[]): Promise<void> {
  for (const key of keys) await bucket.write(key, stored('x'));
}

const imported = (source: string, storage = bucket) =>
  importFrom(db.catalog, source, {
    ownerId: 'ann',
    allowPrivate: false,
    openS3: (name) => {
      opened.push(name);
      return storage;
    },
  });
const rows = async () =>
  (await db.catalog.images.list({ limit: 100 }))
    .map(({ original, fileName }) => `${original} | ${fileName}`)
    .sort();

describe('a bucket', () => {
  it('is registered by its keys, named from the folder of the prefix on', async () => {
    await put('photos/2024/a b#1.jpg', 'photos/b.PNG', 'photos-old/c.jpg', 'other/d.jpg');
    await expect(imported('s3://my-bucket/photos/')).resolves.toEqual({
      found: 2,
      added: 2,
      skipped: [],
    });
    expect(opened).toEqual(['my-bucket']);
    await expect(rows()).resolves.toEqual([
      's3://my-bucket/photos/2024/a b#1.jpg | 2024/a b#1.jpg',
      's3://my-bucket/photos/b.PNG | b.PNG',
    ]);
  });

  it('adds only what is new when it is repeated, and a prefix is the beginning of a key', async () => {
    await put('photos/a.jpg');
    await imported('s3://bucket');
    await put('photos-old/c.jpg');
    await expect(imported('s3://bucket/photos')).resolves.toMatchObject({ found: 2, added: 1 });
    await expect(rows()).resolves.toContain('s3://bucket/photos-old/c.jpg | photos-old/c.jpg');
  });

  it('goes by names: skips what is named otherwise, takes what has no extension', async () => {
    await put('a/1f3c9', 'a/notes.txt', 'a/clip.mp4', 'a/c.jpeg', 'a/.hidden.jpg', 'a/.t/d.jpg');
    const result = await imported('s3://bucket/a/');
    expect(result).toMatchObject({ found: 2, added: 2 });
    expect(result.skipped.sort((x, y) => (x.file < y.file ? -1 : 1))).toEqual([
      { file: 'clip.mp4', kind: 'NotAnImage' },
      { file: 'notes.txt', kind: 'NotAnImage' },
    ]);
  });

  it('passes over folder markers, and names keys that cannot be read', async () => {
    async function* listing() {
      for (const key of ['a/', 'a//b.jpg', 'a/c.jpg']) yield { key, sizeBytes: 1 };
    }
    await expect(imported('s3://bucket/a/', { ...bucket, list: listing })).resolves.toEqual({
      found: 1,
      added: 1,
      skipped: [
        { file: '/b.jpg', kind: 'InvalidInput', reason: 'Darkroom cannot read such a key' },
      ],
    });
  });
});
