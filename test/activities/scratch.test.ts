import { once } from 'node:events';
import { mkdir, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openScratch } from '../../src/activities/scratch.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINUTE_MS = 60_000;

async function age(path: string, minutes: number): Promise<void> {
  const then = new Date(Date.now() - minutes * MINUTE_MS);
  await utimes(path, then, then);
}

/** From here on, in minutes: what the clock says, and the time that passes. */
function clocksGoOn({ clock, passed }: { clock: number; passed: number }): void {
  vi.restoreAllMocks();
  const now = { clock: Date.now(), passed: performance.now() };
  vi.spyOn(Date, 'now').mockReturnValue(now.clock + clock * MINUTE_MS);
  vi.spyOn(performance, 'now').mockReturnValue(now.passed + passed * MINUTE_MS);
  onTestFinished(() => void vi.restoreAllMocks());
}

/** A thread that does nothing but try to read the file, and what it reads when it is first there. */
async function firstSight(path: string): Promise<{ text: Promise<unknown> }> {
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { readFileSync } = require('node:fs');
    parentPort.postMessage('looking');
    for (let text; text === undefined; ) {
      try { parentPort.postMessage((text = readFileSync(workerData, 'utf8'))); } catch {}
    }`;
  const thread = new Worker(program, { eval: true, workerData: path });
  onTestFinished(async () => void (await thread.terminate()));
  await once(thread, 'message');
  return { text: once(thread, 'message').then(([text]: unknown[]) => text) };
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
    const root = temporaryFolder();
    const opened = await Promise.all(Array.from({ length: 12 }, () => openScratch(root)));
    const ids = new Set(opened.map(({ id }) => id));
    expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect((await readdir(root)).sort()).toEqual(['attempts', 'id', 'masters']);
    expect(await readdir(join(root, 'attempts'))).toEqual([]);
  });

  it('shows its id to other workers whole or not at all', async () => {
    for (let round = 0; round < 5; round++) {
      const root = temporaryFolder();
      const seen = await firstSight(join(root, 'id'));
      const { id } = await openScratch(root);
      expect(await seen.text).toBe(id);
    }
  });

  it('names a master by image, bytes and recipe', async () => {
    const scratch = await openScratch(temporaryFolder());
    const masterPath = (...of: [string, string, string]) => scratch.masterPath(...of);
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(masterPath('one', a, 'today')).toBe(masterPath('one', a, 'today'));
    const others = [
      masterPath('two', a, 'today'),
      masterPath('one', b, 'today'),
      masterPath('one', a, 'yesterday'),
    ];
    expect(others).not.toContain(masterPath('one', a, 'today'));
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

  it('lets work that is done be done when its folder cannot be removed', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    const folder = await scratch.folder();
    await rm(join(root, 'attempts'), { recursive: true });
    await writeFile(join(root, 'attempts'), 'a file where folders were');
    await expect(rm(folder.path('.'), { force: true })).rejects.toThrow('ENOTDIR');
    await folder[Symbol.asyncDispose]();
  });

  it('clears out what earlier workers left more than an hour ago, half-written files too', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    const file = async (minutes: number, path: string) => {
      await writeFile(path, 'pixels');
      await age(path, minutes);
    };
    const old = scratch.masterPath('old', 'a'.repeat(64), 'recipe');
    await file(61, old);
    await file(61, `${old}.3f0c.partial`);
    const recent = scratch.masterPath('recent', 'a'.repeat(64), 'recipe');
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
      'recent-aaaaaaaaaaaaaaaa-recipe.pixels',
      'recent-aaaaaaaaaaaaaaaa-recipe.pixels.3f0c.partial',
    ]);
    expect(await readdir(join(root, 'attempts'))).toEqual(['running']);
  });

  it('clears out what was left behind while it is used, too', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    const left = scratch.masterPath('left', 'a'.repeat(64), 'recipe');
    await writeFile(left, 'pixels');
    await age(left, 61);
    await (await scratch.folder())[Symbol.asyncDispose]();
    expect(await readdir(join(root, 'masters'))).toHaveLength(1);

    clocksGoOn({ clock: 16, passed: 16 });
    await (await scratch.folder())[Symbol.asyncDispose]();
    expect(await readdir(join(root, 'masters'))).toEqual([]);
  });

  it('leaves running work its files when the clock is put forward', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    await using running = await scratch.folder();
    await writeFile(running.path('original'), 'bytes');
    await writeFile(scratch.masterPath('running', 'a'.repeat(64), 'recipe'), 'pixels');
    for (const passed of [1, 16]) {
      clocksGoOn({ clock: 60 + passed, passed });
      await (await scratch.folder())[Symbol.asyncDispose]();
      expect(await readFile(running.path('original'), 'utf8')).toBe('bytes');
      expect(await readdir(join(root, 'masters'))).toHaveLength(1);
    }
  });

  it('gives work its folder also when nothing can be cleared out', async () => {
    const root = temporaryFolder();
    const scratch = await openScratch(root);
    await rm(join(root, 'masters'), { recursive: true });
    clocksGoOn({ clock: 16, passed: 16 });
    await using folder = await scratch.folder();
    await writeFile(folder.path('original'), 'bytes');
  });
});
