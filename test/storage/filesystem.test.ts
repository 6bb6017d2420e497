import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';
import { openFilesystemStorage } from '../../src/storage/filesystem.js';
import { openStorage } from '../../src/storage/open-storage.js';
import { describeStorage, failureKind, keysOf, stored } from './storage.contract.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describeStorage('a folder', async () =>
  openStorage({ kind: 'filesystem', folder: join(temporaryFolder(), 'store') }),
);

async function openStore() {
  const folder = temporaryFolder();
  return { folder, storage: openFilesystemStorage({ folder }) };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('storage in a folder, as files', () => {
  it('leaves no unfinished file behind, whether a write ends well or not', async () => {
    const { folder, storage } = await openStore();
    await storage.write('good', stored('x'));
    await expect(storage.write('short', { ...stored('x'), sizeBytes: 2 })).rejects.toThrow();
    const controller = new AbortController();
    const write = storage.write('k', stored(new Uint8Array(3_000_000)), controller);
    controller.abort();
    await expect(write).rejects.toThrow(/abort/i);
    expect(await filesIn(folder)).toEqual(['good']);
  });

  it('removes with its first write what a crash left unfinished a day ago', async () => {
    const { folder, storage } = await openStore();
    const incoming = join(folder, '.incoming');
    await mkdir(incoming);
    for (const name of ['old', 'new']) await writeFile(join(incoming, name), 'half of someth');
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await utimes(join(incoming, 'old'), yesterday, yesterday);
    await storage.write('k', stored('x'));
    expect((await filesIn(folder)).sort()).toEqual(['k', 'new']);
  });

  it('names itself by its folder', async () => {
    expect(openFilesystemStorage({ folder: '/srv/images' }).name).toBe('file:/srv/images');
  });

  it('keeps its own corner for unfinished files to itself', async () => {
    const { storage } = await openStore();
    expect(await failureKind(storage.write('.incoming/x', stored('x')))).toBe('InvalidInput');
  });

  it('says in words that a file may not be read or is a folder', async () => {
    const { folder, storage } = await openStore();
    await mkdir(join(folder, 'folder'));
    expect(await failureKind(storage.read('folder'))).toBe('OriginalUnreadable');
    expect(await storage.stat('folder')).toBeUndefined();
    await symlink('loop', join(folder, 'loop'));
    expect(await failureKind(storage.read('loop'))).toBe('OriginalUnreadable');
  });

  it('says in words that permission is missing', async () => {
    const { folder, storage } = await openStore();
    await storage.write('k', stored('x'));
    await chmod(folder, 0);
    // No folder is closed to root, so root becomes nobody for a moment.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      expect(await failureKind(storage.read('k'))).toBe('OriginalUnreadable');
      expect(await failureKind(storage.write('k', stored('x')))).toBe('StorageUnavailable');
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder, 0o700);
    }
  });

  it('lists each of many objects once, also while they are deleted', async () => {
    const { folder, storage } = await openStore();
    const names = Array.from({ length: 1_000 }, (_, at) => `${at}`);
    await mkdir(join(folder, 'many'));
    await Promise.all(names.map((name) => writeFile(join(folder, 'many', name), '')));
    const listed: string[] = [];
    for await (const { key } of storage.list('many/')) {
      listed.push(key);
      await storage.delete(key);
    }
    expect(listed.sort()).toEqual(names.map((name) => `many/${name}`).sort());
  });

  it('blames the store, not the object, when the whole folder is gone', async () => {
    const { folder, storage } = await openStore();
    await rm(folder, { recursive: true });
    expect(await failureKind(storage.read('k'))).toBe('StorageGone');
  });

  it('does not make its folder anew when that vanishes, nor writes where it was mounted', async () => {
    const { folder, storage } = await openStore();
    await storage.write('a', stored('x'));
    await rename(folder, `${folder}.away`);
    expect(await failureKind(storage.write('b', stored('x')))).toBe('StorageGone');
    await expect(stat(folder)).rejects.toThrow('ENOENT');

    await mkdir(folder);
    expect(await failureKind(storage.write('b', stored('x')))).toBe('StorageGone');
    expect(await failureKind(storage.read('a'))).toBe('StorageGone');
    expect(await failureKind(storage.stat('a'))).toBe('StorageGone');
    expect(await failureKind(storage.delete('a'))).toBe('StorageGone');
    expect(await readdir(folder)).toEqual([]);

    await rm(folder, { recursive: true });
    await rename(`${folder}.away`, folder);
    await storage.write('b', stored('x'));
    expect((await keysOf(storage)).sort()).toEqual(['a', 'b']);
  });

  it('does not store an object where others have their folder', async () => {
    const { storage } = await openStore();
    await storage.write('a/b', stored('x'));
    expect(await failureKind(storage.write('a', stored('x')))).toBe('InvalidInput');
    expect(await failureKind(storage.write('a/b/c', stored('x')))).toBe('InvalidInput');
    await storage.delete('a');
    expect(await keysOf(storage)).toEqual(['a/b']);
  });

  it('does not blame the store for a source file that is missing', async () => {
    const { folder, storage } = await openStore();
    const from = { path: join(folder, 'nowhere') };
    const write = storage.write('k', { from, sizeBytes: 1, contentType: 'text/plain' });
    await expect(write).rejects.toThrow(/ENOENT/);
    expect(await failureKind(write)).toBeUndefined();
  });
});

/** Writes objects of one repeated byte under five keys until it is killed; says when it has begun. */
const WRITE_IN_A_LOOP = `
  import { openFilesystemStorage } from ${JSON.stringify(join(process.cwd(), 'src/storage/filesystem.ts'))};
  const storage = openFilesystemStorage({ folder: process.argv[2] });
  for (let round = 0; ; round += 1) {
    const bytes = new Uint8Array(1_000_000).fill(round % 256);
    await storage.write('k' + (round % 5), { from: { bytes }, sizeBytes: bytes.length, contentType: 'x/y' });
    if (round % 5 === 4) console.log('round', round);
  }
`;

describe('a writer that is killed in the middle', () => {
  it('leaves only whole objects', async () => {
    const { folder, storage } = await openStore();
    const program = temporaryFolder();
    await writeFile(join(program, 'loop.ts'), WRITE_IN_A_LOOP);
    await build({
      configFile: false,
      logLevel: 'silent',
      build: { ssr: join(program, 'loop.ts'), outDir: join(program, 'out'), target: 'node20' },
    });
    const [file] = await readdir(join(program, 'out'));

    for (const rounds of [1, 2, 3]) {
      const child = spawn(process.execPath, [join(program, 'out', String(file)), folder]);
      const lines = createInterface({ input: child.stdout });
      let seen = 0;
      for await (const _line of lines) if (++seen === rounds) break;
      child.kill('SIGKILL');
      await once(child, 'close');

      expect(await keysOf(storage)).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
      for (const key of await keysOf(storage)) {
        const bytes = await buffer(await storage.read(key));
        expect(bytes.length).toBe(1_000_000);
        expect(new Set(bytes).size).toBe(1);
      }
    }
  });
});
