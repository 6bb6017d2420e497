import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { withLock } from '../../scripts/lock.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('the set-up lock', () => {
  it('lets one in at a time', async () => {
    const file = join(temporaryFolder(), 'lock');
    const onWait = vi.fn();
    const steps: string[] = [];
    let leave = () => {};
    const first = withLock(file, {
      onWait,
      work: async () => {
        await new Promise<void>((done) => (leave = done));
        steps.push('first left');
      },
    });
    const second = withLock(file, { onWait, work: async () => void steps.push('second came') });
    await vi.waitUntil(() => onWait.mock.calls.length === 1);
    leave();
    await Promise.all([first, second]);
    expect(steps).toEqual(['first left', 'second came']);
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that died', async () => {
    const file = join(temporaryFolder(), 'lock');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, String(pid));
    const work = async () => 'done';
    await expect(withLock(file, { onWait: () => {}, work })).resolves.toBe('done');
  });

  it('is left when the work fails', async () => {
    const file = join(temporaryFolder(), 'lock');
    const work = () => Promise.reject(new Error('no space'));
    await expect(withLock(file, { onWait: () => {}, work })).rejects.toThrow('no space');
    expect(existsSync(file)).toBe(false);
  });
});
