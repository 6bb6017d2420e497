import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { importFolder } from '../../src/client/import-folder.js';
import { useCatalog } from '../catalog/open.js';
import { picture } from '../support/pictures.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const db = useCatalog();
let folder: string;
let jpeg: Buffer;

beforeEach(async () => {
  folder = temporaryFolder();
  jpeg ??= await picture({ widthPx: 32, heightPx: 24 });
});

async function add(files: Record<string, string | Buffer>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), content);
  }
}

const imported = (from = folder) => importFolder(db.catalog, from, { ownerId: 'ann' });
const fileNames = async () =>
  (await db.catalog.images.list({ limit: 100 })).map(({ fileName }) => fileName).sort();

/** Root may read everything, so what others may not is looked at as somebody else. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  await chmod(folder, 0o755);
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('importFolder', () => {
  it('registers the images of nested folders by their place, without processing them', async () => {
    await add({ 'a.jpg': jpeg, 'b.PNG': jpeg, '2024/summer/c d#1.webp': jpeg });
    await expect(imported()).resolves.toEqual({ found: 3, added: 3, skipped: [] });
    await expect(fileNames()).resolves.toEqual(['2024/summer/c d#1.webp', 'a.jpg', 'b.PNG']);
    const images = await db.catalog.images.list({ limit: 10 });
    expect(images.map(({ original }) => original)).toContain(
      pathToFileURL(join(folder, '2024/summer/c d#1.webp')).href,
    );
    expect(images).toMatchObject([1, 2, 3].map(() => ({ ownerId: 'ann', status: 'pending' })));
  });

  it('adds only what is new when it is repeated', async () => {
    await add({ 'a.jpg': jpeg, 'b.jpg': jpeg });
    await imported();
    await expect(imported()).resolves.toMatchObject({ found: 2, added: 0 });
    await add({ 'c.jpg': jpeg });
    await expect(imported()).resolves.toMatchObject({ found: 3, added: 1 });
  });

  it('passes over hidden files and folders', async () => {
    await add({ '.hidden.jpg': jpeg, '.thumbnails/a.jpg': jpeg, 'b.jpg': jpeg });
    await expect(imported()).resolves.toEqual({ found: 1, added: 1, skipped: [] });
  });

  it('goes by the content of a file that is not named like an image', async () => {
    await add({
      IMG_0001: jpeg,
      'README.md': '# Photos',
      empty: '',
      'notes.txt': 'x'.repeat(9000),
    });
    await expect(imported()).resolves.toEqual({
      found: 1,
      added: 1,
      skipped: [
        { file: 'README.md', kind: 'NotAnImage' },
        { file: 'empty', kind: 'NotAnImage' },
        { file: 'notes.txt', kind: 'NotAnImage' },
      ],
    });
    await expect(fileNames()).resolves.toEqual(['IMG_0001']);
  });

  it('takes what is named like an image for one, so that a broken file is noticed', async () => {
    await add({ 'text.jpg': 'no picture', 'empty.png': '' });
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling.jpg'));
    await expect(imported()).resolves.toEqual({ found: 3, added: 3, skipped: [] });
  });

  it('follows links to files, and names links that lead nowhere or to a folder', async () => {
    await add({ 'photos/a.jpg': jpeg });
    await symlink(join(folder, 'photos/a.jpg'), join(folder, 'link-to-image'));
    await symlink(join(folder, 'photos'), join(folder, 'link-to-folder'));
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
    await expect(imported()).resolves.toEqual({
      found: 2,
      added: 2,
      skipped: [
        { file: 'dangling', kind: 'NotAnImage' },
        { file: 'link-to-folder', kind: 'NotAnImage' },
      ],
    });
  });

  it('goes into a folder that is named like an image', async () => {
    await add({ 'folder.jpg/a.jpg': jpeg });
    await imported();
    await expect(fileNames()).resolves.toEqual(['folder.jpg/a.jpg']);
  });

  it('registers an unreadable file that is named like an image, and names any other', async () => {
    await add({ 'locked.jpg': jpeg, locked: jpeg });
    await chmod(join(folder, 'locked.jpg'), 0);
    await chmod(join(folder, 'locked'), 0);
    await expect(asNobody(imported)).resolves.toEqual({
      found: 1,
      added: 1,
      skipped: [{ file: 'locked', kind: 'NotAnImage' }],
    });
  });

  it('leaves out a folder inside that may not be read, says so, and takes the rest', async () => {
    await add({ 'a.jpg': jpeg, 'locked/b.jpg': jpeg, 'z.jpg': jpeg });
    await chmod(join(folder, 'locked'), 0);
    onTestFinished(() => chmod(join(folder, 'locked'), 0o700));
    await expect(asNobody(imported)).resolves.toEqual({
      found: 2,
      added: 2,
      skipped: [
        {
          file: 'locked',
          kind: 'OriginalUnreadable',
          reason: 'The folder is left out: it may not be read.',
        },
      ],
    });
    await expect(fileNames()).resolves.toEqual(['a.jpg', 'z.jpg']);
  });

  it('does not wait for somebody to write into a pipe', async () => {
    await add({ 'a.jpg': jpeg });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(imported()).resolves.toEqual({
      found: 1,
      added: 1,
      skipped: [{ file: 'pipe', kind: 'NotAnImage' }],
    });
  });

  it('finds nothing in an empty folder', async () => {
    await expect(imported()).resolves.toEqual({ found: 0, added: 0, skipped: [] });
  });

  it('takes more files than go into one statement, and says how far it is', async () => {
    await add(Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`${i}.jpg`, ''])));
    const progress: number[] = [];
    const onProgress = (found: number) => void progress.push(found);
    await expect(
      importFolder(db.catalog, folder, { ownerId: 'ann', onProgress }),
    ).resolves.toMatchObject({ found: 501, added: 501 });
    expect(progress).toEqual([500, 501]);
  });

  it('says in words what is wrong with a folder, and registers nothing', async () => {
    const refused = (path: string) => imported(path).catch((error: unknown) => error);
    const [missing, file] = [join(folder, 'missing'), join(folder, 'a.jpg')];
    await add({ 'a.jpg': jpeg });
    await expect(refused(missing)).resolves.toMatchObject({
      kind: 'InvalidInput',
      message: `Cannot import ${missing}: there is no such folder.`,
    });
    await expect(refused(file)).resolves.toMatchObject({
      kind: 'InvalidInput',
      message: `Cannot import ${file}: it is not a folder.`,
    });
    const locked = join(folder, 'locked');
    await mkdir(locked, { mode: 0 });
    await expect(asNobody(() => refused(locked))).resolves.toMatchObject({
      kind: 'InvalidInput',
      message: `Cannot import ${locked}: it may not be read.`,
    });
    await rm(locked, { recursive: true });
    await expect(fileNames()).resolves.toEqual([]);
  });
});
