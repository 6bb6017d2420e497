import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { storeOriginal, type NewOriginal } from '../../src/storage/store-original.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { readAll } from '../../src/activities/read-all.js';
import { openStorage } from '../../src/storage/open-storage.js';
import type { Storage } from '../../src/storage/storage.js';
import { useCatalog } from '../catalog/open.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const db = useCatalog();
const MAX_BYTES = 1000;
const BYTES = Buffer.from('the bytes of a picture');
let spoolFolder: string;
let originals: Storage;

beforeEach(() => {
  const folder = temporaryFolder();
  spoolFolder = join(folder, 'tmp');
  mkdirSync(spoolFolder);
  vi.stubEnv('TMPDIR', spoolFolder);
  originals = openStorage({ kind: 'filesystem', folder: join(folder, 'storage') });
  return () => vi.unstubAllEnvs();
});

function store(more: Partial<NewOriginal> = {}, storage = originals) {
  const upload = { ownerId: 'ann', fileName: 'a.jpg', body: BYTES, ...more };
  return storeOriginal({ catalog: db.catalog, originals: storage }, upload, MAX_BYTES);
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of originals.list('')) keys.push(key);
  return keys;
}

async function expectNothingLeft(): Promise<void> {
  await expect(readdir(spoolFolder)).resolves.toEqual([]);
  await expect(db.catalog.images.list({ limit: 10 })).resolves.toEqual([]);
}

describe('storeOriginal', () => {
  it('stores the bytes under their hash and registers the image', async () => {
    const { id, created } = await store();
    expect(created).toBe(true);
    const image = await db.catalog.images.get(id);
    const sha256 = createHash('sha256').update(BYTES).digest('hex');
    expect(image).toMatchObject({ ownerId: 'ann', fileName: 'a.jpg', status: 'processing' });
    expect(image?.original).toMatch(new RegExp(`^originals/[0-9a-f]{16}/${sha256}$`));
    const bytes = await readAll(await originals.read(image?.original ?? ''));
    expect(bytes.equals(BYTES)).toBe(true);
    await expect(readdir(spoolFolder)).resolves.toEqual([]);
  });

  it('gives the same bytes of one owner one image, whatever they are called', async () => {
    const first = await store();
    await expect(store({ fileName: 'again.jpg' })).resolves.toEqual({
      id: first.id,
      created: false,
    });
    await expect(stored()).resolves.toHaveLength(1);
    const other = await store({ body: Buffer.from('other bytes') });
    expect(other.id).not.toBe(first.id);
  });

  it('gives each owner an image and an object of their own', async () => {
    const mine = await store();
    const theirs = await store({ ownerId: '../bob' });
    expect(theirs.created).toBe(true);
    expect(theirs.id).not.toBe(mine.id);
    await expect(stored()).resolves.toHaveLength(2);
  });

  it('gives one image to all who upload the same at once', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => store()));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
    await expect(stored()).resolves.toHaveLength(1);
  });

  it.for<[string, () => NewOriginal['body']]>([
    ['a Buffer', () => BYTES],
    ['a Uint8Array', () => new Uint8Array(BYTES)],
    ['a Readable', () => Readable.from([BYTES.subarray(0, 5), BYTES.subarray(5)])],
    [
      'an async iterable',
      async function* () {
        yield new Uint8Array(BYTES.subarray(0, 3));
        yield new Uint8Array(BYTES.subarray(3));
      },
    ],
    ['a web stream', () => new Blob([BYTES]).stream()],
  ])('takes %s', async ([, body]) => {
    const known = await store();
    await expect(store({ body: body() })).resolves.toEqual({ id: known.id, created: false });
  });

  it('keeps only the name of a file that comes with a path', async () => {
    const { id } = await store({ fileName: '../../etc/passwd' });
    await expect(db.catalog.images.get(id)).resolves.toMatchObject({ fileName: 'passwd' });
  });

  it('takes exactly the limit and refuses one byte more', async () => {
    await expect(store({ body: Buffer.alloc(MAX_BYTES) })).resolves.toMatchObject({
      created: true,
    });
    await expect(store({ body: Buffer.alloc(MAX_BYTES + 1) })).rejects.toMatchObject({
      kind: 'FileTooLarge',
    });
    await expect(stored()).resolves.toHaveLength(1);
  });

  it('stops reading a body at the limit', async () => {
    let sent = 0;
    async function* endless() {
      for (;;) {
        sent += 1;
        yield new Uint8Array(100);
      }
    }
    await expect(store({ body: endless() })).rejects.toMatchObject({ kind: 'FileTooLarge' });
    expect(sent).toBeLessThan(1000);
    await expectNothingLeft();
  });

  it('refuses an empty body', async () => {
    for (const body of [Buffer.alloc(0), Readable.from([])]) {
      await expect(store({ body })).rejects.toMatchObject({ kind: 'ImageEmpty' });
    }
    await expectNothingLeft();
    await expect(stored()).resolves.toEqual([]);
  });

  it('leaves nothing of a body that breaks off', async () => {
    async function* broken() {
      yield BYTES;
      throw new Error('the phone went into a tunnel');
    }
    await expect(store({ body: broken() })).rejects.toThrow('the phone went into a tunnel');
    await expectNothingLeft();
    await expect(stored()).resolves.toEqual([]);
  });

  it('registers nothing when the bytes cannot be stored', async () => {
    const away: Storage = {
      ...originals,
      stat: (key) => originals.stat(key),
      write: () => Promise.reject(new DarkroomError('StorageUnavailable')),
    };
    await expect(store({}, away)).rejects.toMatchObject({ kind: 'StorageUnavailable' });
    await expectNothingLeft();
  });
});
