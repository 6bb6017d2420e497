import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const PROGRAM = fileURLToPath(new URL('../../bin/darkroom.js', import.meta.url));
const LONG = { timeout: 30_000, interval: 50 };

describe('darkroom serve', () => {
  let pipeline: Pipeline;
  let program: ChildProcess | undefined;
  beforeAll(async () => {
    pipeline = await startPipeline({ workers: false });
  });
  afterAll(async () => {
    if (program?.exitCode === null) program.kill('SIGTERM');
    await vi.waitUntil(() => program?.exitCode !== null, LONG);
    await pipeline[Symbol.asyncDispose]();
  });

  it('says on which free port it listens when it is told 0', async () => {
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
    const started = spawn(process.execPath, [PROGRAM, 'serve', '--port', '0'], {
      env: { PATH, HOME, TMPDIR, ...pipeline.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    program = started;
    let said = '';
    started.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await vi.waitUntil(() => /^listening on .*\n/m.test(said), LONG);
    const [, address = '', port] = /^listening on (http:\/\/127\.0\.0\.1:(\d+))$/m.exec(said) ?? [];
    expect(Number(port)).toBeGreaterThan(0);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });
});
