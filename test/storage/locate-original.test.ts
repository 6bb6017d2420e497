import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import { openOriginal, type LocateOriginal } from '../../src/storage/locate-original.js';
import { openSite } from '../net/site.js';
import { failureKind, stored } from './storage.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function setUp() {
  const folder = temporaryFolder();
  const storage = openFilesystemStorage({ folder: join(folder, 'store') });
  const open = (original: string, more: Partial<LocateOriginal> = {}) =>
    openOriginal({ original, storage, ...more });
  return { folder, open, storage };
}

describe('openOriginal', () => {
  it('reads a key from the storage', async () => {
    const { open, storage } = await setUp();
    await storage.write('originals/a.jpg', stored('in storage'));
    expect(await text(await open('originals/a.jpg'))).toBe('in storage');
  });

  it('reads a file: URL from the disk, with spaces and accents in its name', async () => {
    const { folder, open } = await setUp();
    const path = join(folder, 'Übersee 100%.jpg');
    await writeFile(path, 'on disk');
    expect(await text(await open(pathToFileURL(path).href))).toBe('on disk');
  });

  it('says when the file is gone', async () => {
    const { folder, open } = await setUp();
    const url = pathToFileURL(join(folder, 'gone.jpg')).href;
    expect(await failureKind(open(url))).toBe('OriginalMissing');
  });

  it('refuses folders, pipes and devices without waiting for them', async () => {
    const { folder, open } = await setUp();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of [folder, join(folder, 'pipe'), '/dev/zero']) {
      expect(await failureKind(open(pathToFileURL(path).href))).toBe('OriginalUnreadable');
    }
  });

  it.each([
    'https://example.com/a.jpg',
    's3://bucket/a.jpg',
    'data:,x',
    'file://host/a',
    'FTP://x',
  ])('refuses the address %s', async (original) => {
    const { open } = await setUp();
    expect(await failureKind(open(original))).toBe('InvalidInput');
  });

  it('reads a site, up to the limit', async () => {
    const { open } = await setUp();
    const site = await openSite((_request, response) => void response.end('at a site'));
    const outside = { allowPrivate: true };
    expect(await text(await open(site.url('/a.jpg'), { outside, maxBytes: 9 }))).toBe('at a site');
    const limited = open(site.url('/a.jpg'), { outside, maxBytes: 8 });
    expect(await failureKind(limited)).toBe('FileTooLarge');
  });

  it.each(['text/html; charset=utf-8', 'application/json', 'application/problem+json'])(
    'takes no %s for an image, and does not blame the image for it',
    async (type) => {
      const { open } = await setUp();
      const site = await openSite((_request, response) => {
        response.setHeader('content-type', type).end('Please sign in to the network.');
      });
      const page = open(site.url('/a.jpg'), { outside: { allowPrivate: true } });
      await expect(page).rejects.toMatchObject({
        kind: 'OriginalUnreadable',
        message: expect.stringContaining(`answers with ${type}`),
      });
      await vi.waitFor(() => expect(site.open()).toBe(0));
    },
  );

  it('hangs up when reading a site is aborted', async () => {
    const { open } = await setUp();
    const controller = new AbortController();
    const site = await openSite(() => controller.abort());
    await expect(
      open(site.url('/'), { outside: { allowPrivate: true }, signal: controller.signal }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(site.open()).toBe(0));
  });

  it('reads public https: sites only, unless others are allowed', async () => {
    const { open } = await setUp();
    const outside = { allowPrivate: false };
    for (const original of ['http://example.com/a.jpg', 'https://127.0.0.1/a.jpg']) {
      expect(await failureKind(open(original, { outside }))).toBe('AddressNotAllowed');
    }
  });

  it('reads a bucket that it may open, with a key as it is written', async () => {
    const { open, storage } = await setUp();
    const key = 'photos/Übersee 100%#1?.jpg';
    await storage.write(key, stored('in a bucket'));
    const buckets: string[] = [];
    const openS3 = (bucket: string) => {
      buckets.push(bucket);
      return storage;
    };
    const outside = { allowPrivate: false, openS3 };
    expect(await text(await open(`s3://my.bucket-1/${key}`, { outside }))).toBe('in a bucket');
    expect(buckets).toEqual(['my.bucket-1']);
    for (const nonsense of ['s3://', 's3:/bucket/a', 's3://bu cket/a', 's3://bucket/../a']) {
      expect(await failureKind(open(nonsense, { outside }))).toBe('InvalidInput');
    }
  });

  it('calls an original in a bucket that is not there missing, which our own storage is not', async () => {
    const { open, storage } = await setUp();
    const read = () => Promise.reject(new DarkroomError('StorageGone'));
    const outside = { allowPrivate: false, openS3: () => ({ ...storage, read }) };
    expect(await failureKind(open('s3://nowhere/a.jpg', { outside }))).toBe('OriginalMissing');
  });

  it('says that it may not open buckets', async () => {
    const { open } = await setUp();
    const refused = open('s3://bucket/a.jpg', { outside: { allowPrivate: true } });
    await expect(refused).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: 'originals at s3: addresses are not read here',
    });
  });
});
