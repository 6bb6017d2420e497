import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fetchOriginal } from '../../src/activities/fetch-original.js';
import { makeMaster } from '../../src/activities/make-master.js';
import { openScratch } from '../../src/activities/scratch.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { DEFAULT_RECIPE } from '../../src/domain/recipes.js';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import type { Storage } from '../../src/storage/storage.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { storeBytes } from './open-deps.js';

const LIMITS = { maxMegapixels: 50, maxFileBytes: 3_000_000 };

describe('fetchOriginal', () => {
  let folder: string;
  let originals: Storage;
  let target: string;
  const never = new AbortController().signal;

  beforeEach(() => {
    folder = temporaryFolder();
    originals = openFilesystemStorage({ folder: join(folder, 'storage') });
    target = join(folder, 'original');
  });

  /** A storage whose objects are as large as one reads, and how much was read of them. */
  function endless(): { storage: Storage; readBytes: () => number } {
    let readBytes = 0;
    const megabyte = Buffer.alloc(1_000_000);
    const read = async () =>
      new Readable({
        highWaterMark: 1,
        read() {
          readBytes += megabyte.byteLength;
          this.push(megabyte);
        },
      });
    return { storage: { ...originals, read }, readBytes: () => readBytes };
  }

  it('brings the bytes to the path, with their size and hash', async () => {
    const bytes = Buffer.alloc(1_000_001, 'picture');
    await storeBytes(originals, 'originals/1', bytes);
    const deps = { originals, limits: LIMITS };
    const fetched = await fetchOriginal(deps, 'originals/1', target, never);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(fetched).toEqual({ path: target, sha256, sizeBytes: 1_000_001 });
    expect(bytes.equals(await readFile(target))).toBe(true);
  });

  it('takes files of exactly the limit', async () => {
    await storeBytes(originals, 'originals/1', Buffer.alloc(3_000_000));
    const deps = { originals, limits: LIMITS };
    const fetched = await fetchOriginal(deps, 'originals/1', target, never);
    expect(fetched.sizeBytes).toBe(3_000_000);
  });

  it('stops reading at the limit', async () => {
    const { storage, readBytes } = endless();
    const fetching = fetchOriginal({ originals: storage, limits: LIMITS }, 'any', target, never);
    await expect(fetching).rejects.toMatchObject({
      kind: 'FileTooLarge',
      message: 'The file is larger than 3 MB, the limit.',
    });
    // One more than the limit, and what the streams between hold.
    expect(readBytes()).toBeLessThanOrEqual(6_000_000);
  });

  it('stops reading when it is aborted', async () => {
    const { storage, readBytes } = endless();
    const limits = { ...LIMITS, maxFileBytes: Infinity };
    const controller = new AbortController();
    const fetching = fetchOriginal(
      { originals: storage, limits },
      'any',
      target,
      controller.signal,
    ).catch((error: unknown) => error);
    await vi.waitUntil(() => readBytes() > 5_000_000, { interval: 1 });
    controller.abort();
    await expect(fetching).resolves.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['a key', () => 'originals/none'],
    ['a file: address', () => pathToFileURL(join(folder, 'none.jpg')).href],
  ])('says that nothing is where %s points, and writes nothing', async (_, original) => {
    await storeBytes(originals, 'originals/other', Buffer.from('x'));
    const deps = { originals, limits: LIMITS };
    const fetching = fetchOriginal(deps, original(), target, never);
    await expect(fetching).rejects.toMatchObject({ kind: 'OriginalMissing' });
    expect(existsSync(target)).toBe(false);
  });

  it('passes on what the storage says in the middle of a file', async () => {
    const read = async () =>
      Readable.from(
        (function* () {
          yield Buffer.from('half');
          throw new DarkroomError('StorageUnavailable', 'the line is dead');
        })(),
      );
    const deps = { originals: { ...originals, read }, limits: LIMITS };
    const fetching = fetchOriginal(deps, 'any', target, never);
    await expect(fetching).rejects.toMatchObject({
      kind: 'StorageUnavailable',
      message: 'the line is dead',
    });
  });

  it.skipIf(process.platform !== 'linux')(
    'blames the disk of this machine, not the image, when it is full',
    async () => {
      const path = join(folder, 'a.jpg');
      await writeFile(path, Buffer.alloc(100_000));
      const original = pathToFileURL(path).href;
      const deps = { originals, limits: LIMITS };
      const fetching = fetchOriginal(deps, original, '/dev/full', never);
      await expect(fetching).rejects.toMatchObject({ kind: 'StorageFull' });
    },
  );

  it('blames the disk of this machine when the scratch folder vanished', async () => {
    await storeBytes(originals, 'originals/1', Buffer.from('x'));
    const gone = join(folder, 'gone', 'original');
    const fetching = fetchOriginal({ originals, limits: LIMITS }, 'originals/1', gone, never);
    await expect(fetching).rejects.toMatchObject({ kind: 'StorageUnavailable' });
  });

  it('blames the storage when reading takes longer than its limit', async () => {
    const soon = AbortSignal.timeout(50);
    vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(soon);
    onTestFinished(() => void vi.restoreAllMocks());
    const silent = async () => new Readable({ read: () => undefined });
    const scratch = await openScratch(join(folder, 'scratch'));
    await using attempt = await scratch.folder();
    const fetching = makeMaster(
      {
        originals: { ...originals, read: silent },
        limits: LIMITS,
        scratch,
        recipe: DEFAULT_RECIPE,
        recipeHash: 'recipe',
        encoders: {
          run: () => Promise.reject(new Error('nothing was fetched, so nothing is prepared')),
          stats: () => ({ encoders: 0, busy: 0, waiting: 0, megapixels: 0, lost: 0, pids: [] }),
          [Symbol.asyncDispose]: async () => undefined,
        },
      },
      { id: 'one', original: 'any' },
      { folder: attempt, signal: never },
    );
    await expect(fetching).rejects.toMatchObject({
      kind: 'StorageUnavailable',
      message: 'Reading the original took longer than 120 s.',
    });
  });
});
