import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../src/dev/ports.js';
import { generationWorkflowId } from '../src/domain/ids.js';
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

function startWorker(databaseUrl: string, more: Record<string, string> = {}): WorkerProcess {
  const folder = temporaryFolder();
  const env = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ORIGINAL_STORAGE: join(folder, 'storage'),
    VARIANT_STORAGE: join(folder, 'storage'),
    SCRATCH_DIR: join(folder, 'scratch'),
    DARKROOM_SECRET: 'a secret of tests only',
    ...more,
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

async function insertGeneration(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const text = `insert into generation_jobs (owner_id, prompt) values ('o', 'a boat') returning id`;
  const { rows } = await client.query<{ id: string }>(text);
  await client.end();
  return rows[0]?.id ?? '';
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

  it('encrypts what it starts for rows of SQL too', async () => {
    await using database = await openTestDatabase();
    const keys = { TEMPORAL_PAYLOAD_KEYS: `one:${randomBytes(32).toString('base64')}` };
    const worker = startWorker(database.url, { ...keys, MOCK_GENERATION_MS: '0' });
    await worker.ready;
    const id = await insertGeneration(database.url);
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const handle = new Client({ connection }).workflow.getHandle(generationWorkflowId(id));
    const history = await vi.waitFor(() => handle.fetchHistory(), { timeout: 30_000 });
    const [started] = history.events ?? [];
    const input = started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(input.map(({ metadata }) => Buffer.from(metadata?.encoding ?? []).toString())).toEqual([
      'binary/encrypted',
    ]);
    await handle.terminate('the test is over').catch(() => undefined);
    await connection.close();
    worker.child.kill('SIGTERM');
    await expect(worker.ended).resolves.toMatchObject({ code: 0 });
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
