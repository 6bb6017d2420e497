import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandOf } from '../../src/dev/processes.js';
import { supervise as superviseProgram, type Restart } from '../../src/dev/supervisor.js';
import { nodeProgram } from './programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LIVES = `console.log('polling'); process.send({ ready: true }); setInterval(() => {}, 1000);`;
const LIVES_STUBBORNLY = `process.on('SIGTERM', () => {}); ${LIVES}`;
const CRASHES = `console.error('no such module'); process.exit(3);`;

function supervise(source: string, graceMs = 5000) {
  const folder = temporaryFolder();
  const logFile = join(folder, 'logs', 'worker.log');
  const say = vi.fn<(line: string) => void>();
  const onRestart = vi.fn<(restart: Restart) => void>();
  const program = nodeProgram(folder, 'worker', source);
  const worker = superviseProgram({
    ...{ name: 'worker', env: {}, logFile, say, onRestart, graceMs, program },
  });
  onTestFinished(() => worker.stop());
  return { worker, logFile, say, onRestart };
}

describe('supervise', () => {
  it('starts a killed worker again and says when it is ready', async () => {
    const { worker, logFile, onRestart } = supervise(LIVES);
    await worker.whenReady();
    const first = worker.pid;
    expect(worker.kill('SIGKILL')).toBe(true);
    await vi.waitUntil(() => worker.restarts === 1, { timeout: 5000 });
    await worker.whenReady();
    expect(worker.pid).not.toBe(first);
    expect(onRestart.mock.calls).toEqual([[{ pid: worker.pid, restarts: 1, because: 'SIGKILL' }]]);
    expect(readFileSync(logFile, 'utf8')).toBe('polling\n'.repeat(2));
  });

  it('goes on restarting a worker that is killed again and again', async () => {
    const { worker, say } = supervise(LIVES);
    for (let kills = 1; kills <= 5; kills++) {
      await worker.whenReady();
      worker.kill('SIGKILL');
      await vi.waitUntil(() => worker.restarts === kills, { timeout: 6000 });
    }
    await worker.whenReady();
    expect(say).not.toHaveBeenCalled();
  });

  it('gives up on a worker that crashes at every start, naming its log', async () => {
    const { worker, logFile, say } = supervise(CRASHES);
    await expect(worker.whenReady()).rejects.toThrow(logFile);
    await expect(worker.whenGivenUp()).rejects.toThrow(logFile);
    expect(worker.restarts).toBe(4);
    expect(worker.pid).toBeUndefined();
    expect(say.mock.calls).toEqual([[expect.stringContaining('exit code 3')]]);
    expect(readFileSync(logFile, 'utf8')).toBe('no such module\n'.repeat(5));
  });

  it('kills a worker that does not stop within the grace, and does not start another', async () => {
    const { worker, onRestart } = supervise(LIVES_STUBBORNLY, 200);
    await worker.whenReady();
    const { pid = 0 } = worker;
    await Promise.all([worker.stop(), worker.stop()]);
    expect(commandOf(pid)).toBeUndefined();
    expect(worker.pid).toBeUndefined();
    expect(onRestart).not.toHaveBeenCalled();
  });

  it('starts a worker again whose log could not be opened for a moment', async () => {
    const { worker, logFile, onRestart } = supervise(LIVES);
    await worker.whenReady();
    rmSync(dirname(logFile), { recursive: true });
    worker.kill('SIGKILL');
    await vi.waitUntil(() => onRestart.mock.calls.length === 1, { timeout: 5000 });
    mkdirSync(dirname(logFile));
    await worker.whenReady();
    expect(onRestart.mock.calls.at(-1)).toEqual([
      { pid: worker.pid, restarts: 2, because: expect.stringContaining('ENOENT') },
    ]);
  });

  it('stops between two starts', async () => {
    const { worker, onRestart } = supervise(LIVES);
    await worker.whenReady();
    worker.kill('SIGKILL');
    await vi.waitUntil(() => worker.pid === undefined);
    await worker.stop();
    await expect(worker.whenReady()).rejects.toThrow('stopped');
    expect(onRestart).not.toHaveBeenCalled();
  });
});
