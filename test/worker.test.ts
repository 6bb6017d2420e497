import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../src/dev/ports.js';
import { openBareDatabase, openTestDatabase } from './support/database.js';
import { temporaryFolder } from './support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../dist/worker.js', import.meta.url));

interface Ended {
  code: number | null;
  stderr: string;
}

interface WorkerProcess {
  child: ChildProcess;
  ready: Promise<void>;
  ended: Promise<Ended>;
  /** Resolves when it has logged the words. */
  logged(words: string): Promise<void>;
}

function startWorker(databaseUrl: string): WorkerProcess {
  const folder = temporaryFolder();
  const env = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ORIGINAL_STORAGE: join(folder, 'storage'),
    VARIANT_STORAGE: join(folder, 'storage'),
    SCRATCH_DIR: join(folder, 'scratch'),
    DARKROOM_SECRET: 'a secret of tests only',
  };
  const child = fork(PROGRAM, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  let log = '';
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  child.stdout?.on('data', (text: Buffer) => (log += text.toString()));
  return {
    child,
    ready: once(child, 'message').then(() => undefined),
    ended: once(child, 'exit').then(([code]) => ({ code: code as number | null, stderr })),
    logged: async (words) => {
      while (!log.includes(words)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    },
  };
}

/** From now on what reaches the one port reaches the server on the other. */
async function listenFor(serverPort: number, port: number): Promise<void> {
  const server = createServer((socket) => {
    const onward = connect(serverPort, '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
  onTestFinished(() => void server.close());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

describe('a worker process', () => {
  it('ends well when it is told to stop and has nothing to do', async () => {
    await using database = await openTestDatabase();
    const worker = startWorker(database.url);
    await worker.ready;
    worker.child.kill('SIGTERM');
    await expect(worker.ended).resolves.toEqual({ code: 0, stderr: '' });
  });

  it('gives up in one line when nothing that passes stands in its way', async () => {
    await using database = await openBareDatabase();
    const worker = startWorker(database.url);
    await expect(worker.ended).resolves.toEqual({
      code: 1,
      stderr: 'The database has no Darkroom tables yet: run "darkroom migrate".\n',
    });
  });

  it('waits for a database that starts later', async () => {
    await using database = await openTestDatabase();
    const url = new URL(database.url);
    const port = await freePort(0);
    const worker = startWorker(Object.assign(new URL(url), { port }).href);
    await worker.logged('Trying again');
    await listenFor(Number(url.port), port);
    await worker.ready;
    worker.child.kill('SIGTERM');
    await expect(worker.ended).resolves.toMatchObject({ code: 0 });
  });

  it('stops at once while it waits for a server', async () => {
    const port = await freePort(0);
    const worker = startWorker(`postgres://nobody@127.0.0.1:${port}/nowhere`);
    await worker.logged('Trying again');
    const toldAtMs = performance.now();
    worker.child.kill('SIGTERM');
    await expect(worker.ended).resolves.toEqual({ code: 0, stderr: '' });
    expect(performance.now() - toldAtMs).toBeLessThan(2_000);
  });
});
