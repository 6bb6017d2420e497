import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { DarkroomError, type FailureKind } from '../../src/domain/failures.js';
import type { Storage, StoredBytes } from '../../src/storage/storage.js';
import { storedState } from '../../src/storage/stored-state.js';
import { temporaryFolder } from '../support/temporary-folder.js';

export function stored(text: string | Uint8Array): StoredBytes {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { from: { bytes }, sizeBytes: bytes.length, contentType: 'application/octet-stream' };
}

export async function readText(storage: Storage, key: string): Promise<string> {
  return (await buffer(await storage.read(key))).toString();
}

export async function keysOf(storage: Storage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

export async function failureKind(work: Promise<unknown>): Promise<FailureKind | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof DarkroomError ? error.kind : undefined;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What every Storage promises. `open` gives an empty store of its own and cleans up after the test. */
export function describeStorage(name: string, open: () => Promise<Storage>): void {
  describe(`storage in ${name}`, () => {
    describeObjects(open);
    describeListing(open);
    describeInterruptions(open);
  });
}

function describeObjects(open: () => Promise<Storage>): void {
  it('gives back the bytes that were stored', async () => {
    const storage = await open();
    await storage.write('a/b.webp', stored('hello'));
    expect(await readText(storage, 'a/b.webp')).toBe('hello');
    expect(await storage.stat('a/b.webp')).toMatchObject({ sizeBytes: 5 });
  });

  it('stores what has the promised checksum, and nothing of anything else', async () => {
    const storage = await open();
    const hello = { ...stored('hello'), sha256: sha256(Buffer.from('hello')) };
    await storage.write('a', hello);
    const other = { ...stored('jello'), sha256: hello.sha256 };
    expect(await failureKind(storage.write('b', other))).toBe('StorageUnavailable');
    expect(await storage.stat('b')).toBeUndefined();
    const path = join(temporaryFolder(), 'source');
    await writeFile(path, Buffer.alloc(9_000_000));
    const large = { ...hello, from: { path }, sizeBytes: 9_000_000 };
    expect(await failureKind(storage.write('a', large))).toBe('StorageUnavailable');
    expect(await readText(storage, 'a')).toBe('hello');
  });

  it('tells what is whole from what is missing and what is damaged', async () => {
    const storage = await open();
    await storage.write('a', stored('hello'));
    const expected = { key: 'a', sizeBytes: 5, sha256: sha256(Buffer.from('hello')) };
    expect(await storedState(storage, expected)).toBe('whole');
    expect(await storedState(storage, { ...expected, key: 'b' })).toBe('missing');
    expect(await storedState(storage, { ...expected, sizeBytes: 6 })).toBe('damaged');
    await storage.write('a', stored('jello'));
    expect(await storedState(storage, expected)).toBe('damaged');
  });

  it('stores a file of this machine and leaves it where it is', async () => {
    const storage = await open();
    const path = join(temporaryFolder(), 'source');
    await writeFile(path, 'from a file');
    for (const key of ['one', 'two']) {
      await storage.write(key, { from: { path }, sizeBytes: 11, contentType: 'text/plain' });
      expect(await readText(storage, key)).toBe('from a file');
    }
  });

  it('stores an object without bytes', async () => {
    const storage = await open();
    await storage.write('empty', stored(''));
    expect(await readText(storage, 'empty')).toBe('');
    expect(await storage.stat('empty')).toMatchObject({ sizeBytes: 0 });
  });

  it('streams an object of 10 MB unchanged', async () => {
    const storage = await open();
    const bytes = randomBytes(10_000_000);
    await storage.write('big', stored(bytes));
    const stream = await storage.read('big');
    const hash = createHash('sha256');
    let chunks = 0;
    for await (const chunk of stream) {
      hash.update(chunk as Buffer);
      chunks += 1;
    }
    expect(hash.digest('hex')).toBe(sha256(bytes));
    expect(chunks).toBeGreaterThan(1);
  });

  it('gives back a part, also one of several chunks', async () => {
    const storage = await open();
    const bytes = randomBytes(700_000);
    await storage.write('k', stored(bytes));
    for (const [first, last] of [
      [0, 0],
      [10, 19],
      [100_000, 650_000],
      [699_999, 699_999],
      [0, 699_999],
    ] as const) {
      const part = await buffer(await storage.read('k', { part: { first, last } }));
      expect(part.equals(bytes.subarray(first, last + 1)), `${first} to ${last}`).toBe(true);
    }
  });

  it('replaces an object, also by a shorter one', async () => {
    const storage = await open();
    await storage.write('k', stored('the first text'));
    await storage.write('k', stored('second'));
    expect(await readText(storage, 'k')).toBe('second');
  });

  it('says that nothing is stored under a key', async () => {
    const storage = await open();
    await storage.write('other', stored('x'));
    expect(await failureKind(storage.read('missing'))).toBe('OriginalMissing');
    expect(await failureKind(storage.read('other/below'))).toBe('OriginalMissing');
    expect(await storage.stat('missing')).toBeUndefined();
  });

  it('deletes, and deleting again is not an error', async () => {
    const storage = await open();
    await storage.write('a/k', stored('x'));
    await storage.delete('a/k');
    await storage.delete('a/k');
    expect(await storage.stat('a/k')).toBeUndefined();
    expect(await keysOf(storage)).toEqual([]);
  });

  it('takes keys with spaces, dots, accents, percent signs and emoji as they are', async () => {
    const storage = await open();
    const keys = [
      'a b+c&d=e.jpg',
      '%2e%2e/100%.png',
      'é/ü ß/日本.avif',
      '📷.jpg',
      '..a/.b',
      "q'?#*",
    ];
    for (const key of keys) await storage.write(key, stored(key));
    for (const key of keys) expect(await readText(storage, key)).toBe(key);
    expect(await keysOf(storage)).toEqual(keys.sort());
  });

  it.each(['', '/etc/passwd', '../out', 'a/../../out', 'a//b', 'a/', './a', 'a\\b', 'a\0b'])(
    'refuses the key %j',
    async (key) => {
      const storage = await open();
      expect(await failureKind(storage.write(key, stored('x')))).toBe('InvalidInput');
      expect(await failureKind(storage.read(key))).toBe('InvalidInput');
      expect(await failureKind(storage.stat(key))).toBe('InvalidInput');
      expect(await failureKind(storage.delete(key))).toBe('InvalidInput');
    },
  );
}

function describeListing(open: () => Promise<Storage>): void {
  it('lists what starts with a prefix, wherever the prefix ends', async () => {
    const storage = await open();
    const keys = ['variants/ab_640.webp', 'variants/ab_640.avif', 'variants/b/c', 'variantsx', 'z'];
    for (const key of keys) await storage.write(key, stored(key));
    expect(await keysOf(storage, 'variants/ab')).toEqual([
      'variants/ab_640.avif',
      'variants/ab_640.webp',
    ]);
    expect(await keysOf(storage, 'variants/')).toHaveLength(3);
    expect(await keysOf(storage, 'variants')).toHaveLength(4);
    expect(await keysOf(storage, 'nothing/')).toEqual([]);
    expect(await keysOf(storage)).toEqual(keys.sort());
  });

  it('lists nothing in an empty store, and sizes in a full one', async () => {
    const storage = await open();
    expect(await keysOf(storage)).toEqual([]);
    await storage.write('k', stored('four'));
    for await (const found of storage.list(''))
      expect(found).toMatchObject({ key: 'k', sizeBytes: 4 });
  });
}

function describeInterruptions(open: () => Promise<Storage>): void {
  it('refuses bytes of another size than promised and keeps what was there', async () => {
    const storage = await open();
    const short = { ...stored('12345'), sizeBytes: 6 };
    await expect(storage.write('new', short)).rejects.toThrow();
    expect(await keysOf(storage)).toEqual([]);

    await storage.write('old', stored('whole'));
    await expect(storage.write('old', short)).rejects.toThrow();
    expect(await readText(storage, 'old')).toBe('whole');
  });

  it('leaves one whole object when several writes of a key meet', async () => {
    const storage = await open();
    const versions = Array.from({ length: 8 }, (_, i) => new Uint8Array(300_000 + i).fill(i));
    await Promise.all(versions.map((bytes) => storage.write('k', stored(bytes))));
    const winner = await buffer(await storage.read('k'));
    expect(versions.map(sha256)).toContain(sha256(winner));
    expect(await keysOf(storage)).toEqual(['k']);
  });

  it('stores nothing when a write is aborted, before it starts or in the middle', async () => {
    const storage = await open();
    const aborted = { signal: AbortSignal.abort(new Error('stop')) };
    await expect(storage.write('k', stored('x'), aborted)).rejects.toThrow('stop');

    const controller = new AbortController();
    const write = storage.write('k', stored(randomBytes(5_000_000)), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(write).rejects.toThrow('stop');
    expect(await storage.stat('k')).toBeUndefined();
    expect(await keysOf(storage)).toEqual([]);
  });

  it('ends a read when its signal aborts', async () => {
    const storage = await open();
    await storage.write('k', stored(randomBytes(2_000_000)));
    await expect(storage.read('k', { signal: AbortSignal.abort() })).rejects.toThrow();

    const controller = new AbortController();
    const stream = await storage.read('k', { signal: controller.signal });
    controller.abort();
    await expect(buffer(stream)).rejects.toThrow(/abort/i);
  });
}
