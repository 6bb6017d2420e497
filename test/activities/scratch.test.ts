import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openScratch } from '../../src/activities/scratch.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINUTE_MS = 60_000;

async function age(path: string, minutes: number): Promise<void> {
  const then = new Date(Date.now() - minutes * MINUTE_MS);
  await utimes(path, then, then);
}

describe('the scratch folder', () => {
  it('keeps its id from worker to worker', async () => {
    const root = temporaryFolder();
    const { id } = await openScratch(root);
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect((await openScratch(root)).id).toBe(id);
    expect((await openScratch(temporaryFolder())).id).not.toBe(id);
  });

  it('has one id for all workers that open it at the same time', async () => {
    // One round seldom meets in the moment that matters.
    for (let round = 0; round < 20; round++) {
      const root = temporaryFolder();
      const opened = await Promise.all(Array.from({ length: 12 }, () => openScratch(root)));
      const ids = new Set(opened.map(({ id }) => id));
      expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/)]);
      expect((await readdir(root)).sort()).toEqual(['attempts', 'id', 'masters']);
    }
  });

  it('names a master by image and bytes', async () => {
    const scratch = await openScratch(temporaryFolder());
    const masterPath = (imageId: string, sha256: string) => scratch.masterPath(imageId, sha256);
    expect(masterPath('one', 'a'.repeat(64))).toBe(masterPath('one', 'a'.repeat(64)));
    const others = [masterPath('two', 'a'.repeat(64)), masterPath('one', 'b'.repeat(64))];
    expect(others).not.toContain(masterPath('one', 'a'.repeat(64)));
  });

  it('gives every attempt a folder of its own, gone with everything in it afterwards', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    {
      await using one = await scratch.folder();
      await using other = await scratch.folder();
      await writeFile(one.path('original'), 'one');
      await writeFile(other.path('original'), 'other');
      expect(await readFile(one.path('original'), 'utf8')).toBe('one');
    }
    expect(await readdir(join(root, 'attempts'))).toEqual([]);
  });

  it('clears out what earlier workers left more than an hour ago, half-written files too', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    const file = async (minutes: number, path: string) => {
      await writeFile(path, 'pixels');
      await age(path, minutes);
    };
    const old = scratch.masterPath('old', 'a'.repeat(64));
    await file(61, old);
    await file(61, `${old}.3f0c.partial`);
    const recent = scratch.masterPath('recent', 'a'.repeat(64));
    await file(59, recent);
    await file(59, `${recent}.3f0c.partial`);
    for (const [name, minutes] of Object.entries({ lost: 61, running: 59 })) {
      const attempt = join(root, 'attempts', name);
      await mkdir(attempt);
      await writeFile(join(attempt, 'original'), 'bytes');
      await age(attempt, minutes);
    }

    await openScratch(root);
    expect((await readdir(join(root, 'masters'))).sort()).toEqual([
      'recent-aaaaaaaaaaaaaaaa.pixels',
      'recent-aaaaaaaaaaaaaaaa.pixels.3f0c.partial',
    ]);
    expect(await readdir(join(root, 'attempts'))).toEqual(['running']);
  });
});
