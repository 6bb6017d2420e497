import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import { openOriginal } from '../../src/storage/locate-original.js';
import { failureKind, stored } from './storage.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function setUp() {
  const folder = temporaryFolder();
  const storage = openFilesystemStorage({ folder: join(folder, 'store') });
  return { folder, open: (original: string) => openOriginal({ original, storage }), storage };
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
});
