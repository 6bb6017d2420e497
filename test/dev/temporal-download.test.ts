import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { commandOf } from '../../src/dev/processes.js';
import { downloadTemporal } from '../../src/dev/temporal-download.js';
import { nodeProgram } from './programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function download(folder: string, program: string) {
  const target = join(folder, 'cache', 'temporal');
  const options = { say: () => {}, env: {}, target, version: 'v1', stalledMs: 500 };
  return { target, done: downloadTemporal({ ...options, program }) };
}

/** Downloads as the SDK does, and goes on running, as the server that the SDK starts does. */
const lingering = (folder: string, file: string) => `
  import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  writeFileSync('${folder}/pids', process.pid + ' ' + child.pid);
  writeFileSync(process.argv[2] + '/${file}', 'bytes');
  setInterval(() => {}, 1000);`;

async function expectNoProcess(folder: string) {
  const pids = readFileSync(`${folder}/pids`, 'utf8').split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await vi.waitUntil(() => pids.every((pid) => commandOf(pid) === undefined));
}

describe('downloadTemporal', () => {
  it('kills a download that stalls, with all that it started', async () => {
    const folder = temporaryFolder();
    const program = nodeProgram(folder, 'stalls', lingering(folder, 'temporal-v1.downloading'));
    const { done } = download(folder, program);
    await expect(done).resolves.toBe(false);
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
    await expectNoProcess(folder);
  });

  it('keeps a whole file without waiting for the server that the SDK starts', async () => {
    const folder = temporaryFolder();
    const program = nodeProgram(folder, 'arrives', lingering(folder, 'temporal-v1'));
    const { done, target } = download(folder, program);
    await expect(done).resolves.toBe(true);
    expect(existsSync(target)).toBe(true);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['temporal']);
    await expectNoProcess(folder);
  });

  it('leaves nothing behind when there is nothing to be had', async () => {
    const folder = temporaryFolder();
    const { done } = download(folder, nodeProgram(folder, 'fails', 'process.exit(1)'));
    await expect(done).resolves.toBe(false);
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });
});
