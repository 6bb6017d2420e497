import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { restarting } from '../../scripts/restarting.js';

/** Ends on SIGTERM, after a while; says when it has begun. */
const PROGRAM = `process.once('SIGTERM', () => setTimeout(() => process.exit(), 300));
  setInterval(() => {}, 1000); console.log('begun');`;

function program(source = PROGRAM) {
  const started: ChildProcess[] = [];
  const running = restarting(() => {
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  });
  const begun = async (index: number) => {
    await vi.waitUntil(() => started.length > index, { timeout: 10_000 });
    const child = started[index];
    if (child?.stdout) await once(child.stdout, 'data');
  };
  const alive = () =>
    started.filter(({ exitCode, signalCode }) => exitCode === null && !signalCode);
  return { running, started, begun, alive };
}

describe('a program that is started again on demand', () => {
  it('runs once at a time, however often it was asked for while it stopped', async () => {
    const { running, started, begun, alive } = program();
    await begun(0);
    running.restart();
    running.restart();
    running.restart();
    await begun(1);
    expect(alive()).toHaveLength(1);
    await running.stop();
    expect(started).toHaveLength(2);
    expect(alive()).toEqual([]);
  });

  it('starts again after it has ended by itself', async () => {
    const { running, started, begun } = program(`console.log('begun')`);
    const [first] = started;
    if (first) await once(first, 'close');
    running.restart();
    await begun(1);
    await running.stop();
    expect(started).toHaveLength(2);
  });

  it('has stopped at once when it has ended by itself already', async () => {
    const { running, started } = program('');
    const [first] = started;
    if (first) await once(first, 'close');
    await running.stop();
    running.restart();
    expect(started).toHaveLength(1);
  });

  it('is not started by a stop that comes during a restart', async () => {
    const { running, started, begun, alive } = program();
    await begun(0);
    running.restart();
    await running.stop();
    expect(started).toHaveLength(1);
    expect(alive()).toEqual([]);
  });
});
