import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { stillRuns, type KnownProcess } from '../../src/dev/processes.js';

const PROGRAM = fileURLToPath(new URL('../../bin/darkroom.js', import.meta.url));
const LONG = { timeout: 120_000, interval: 50 };

/** `darkroom demo --json` as a program starts it, with servers and a data folder of its own. */
export interface Demo extends AsyncDisposable {
  /** What it prints first. */
  readonly printed: { admin: string };
  /** Sends SIGTERM; the exit code, and which of its processes are still there. */
  end(): Promise<{ code: number | null; left: KnownProcess[] }>;
}

interface StackRecord extends KnownProcess {
  children: KnownProcess[];
}

export async function startDemo(dataDir: string, photos: string): Promise<Demo> {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const options = ['--json', '--data', dataDir, '--photos', photos];
  const child = spawn(process.execPath, [PROGRAM, 'demo', ...options], {
    env: { PATH, HOME, TMPDIR, HTTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  await vi.waitUntil(() => said.includes('\n') || ended(), LONG);
  if (ended()) throw new Error(`The demo ended with ${child.exitCode}.`);

  return {
    printed: JSON.parse(said.slice(0, said.indexOf('\n'))) as { admin: string },
    end: async () => {
      const record = readFileSync(join(dataDir, 'stack.json'), 'utf8');
      const { children, ...own } = JSON.parse(record) as StackRecord;
      const running = [own, ...children];
      if (!running.every(stillRuns)) throw new Error('A process of the stack is gone already.');
      child.kill('SIGTERM');
      await vi.waitUntil(ended, LONG);
      return { code: child.exitCode, left: running.filter(stillRuns) };
    },
    [Symbol.asyncDispose]: async () => {
      if (!ended()) child.kill('SIGTERM');
      await vi.waitUntil(ended, LONG);
    },
  };
}
