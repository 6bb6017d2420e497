import { readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { StackFile } from '../../src/dev/stack-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it('a stack that could not note a child once goes on, notes the next and leaves no file', async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const say = vi.fn<(line: string) => void>();
  const file = await StackFile.claim(dataDir, say);
  rmSync(dataDir, { recursive: true });
  await expect(file.noteChild('worker', process.pid)).rejects.toThrow('ENOENT');
  file.noteChildSoon('worker', process.pid);
  await vi.waitUntil(() => say.mock.calls.length === 1);
  expect(say).toHaveBeenCalledWith(expect.stringContaining('ENOENT'));

  await mkdir(dataDir);
  await file.noteChild('database', process.pid);
  const { children } = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')) as {
    children: unknown[];
  };
  expect(children).toHaveLength(2);
  await file.release();
  expect(readdirSync(dataDir)).toEqual([]);
});
