import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { openCatalog } from '../../src/catalog/postgres.js';
import { tokens as tokensOf } from '../../src/client/tokens.js';
import { firstToken } from '../../src/dev/first-token.js';
import { freePort } from '../../src/dev/ports.js';
import { commandOf, stopChild, type KnownProcess } from '../../src/dev/processes.js';
import { openStack } from '../../src/dev/stack.js';
import { readRunningStack } from '../../src/dev/stack-file.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { temporalAnswers } from '../../src/dev/temporal-server.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { nodeProgram, started } from './programs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DIST = fileURLToPath(new URL('../../dist/dev/', import.meta.url));
const say = () => {};

/** The environment of the tests without what would replace a server of the stack's own. */
const ownServers = { PATH: process.env.PATH, HOME: process.env.HOME };

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Servers that run already, so that a stack opens at once. */
function sharedServers() {
  return { TEMPORAL_ADDRESS: inject('temporalAddress'), DATABASE_URL: database.url };
}

function childrenOf(dataDir: string): KnownProcess[] {
  const text = readFileSync(join(dataDir, 'stack.json'), 'utf8');
  return (JSON.parse(text) as { children: KnownProcess[] }).children;
}

const isGone = ({ pid }: { pid: number }) => commandOf(pid) === undefined;

/** A program that opens a stack, reports, and closes it when it is told to stop. */
function demoLike(folder: string): string {
  const source = `
    import { openStack } from '${DIST}stack.js';
    import { listenForStop } from '${DIST}stop-signal.js';
    const stop = listenForStop(() => {});
    const dataDir = process.argv[2];
    const stack = await openStack({ dataDir, env: process.env, worker: false, say: () => {} });
    process.send('up');
    await stop.stopped;
    await stack[Symbol.asyncDispose]();
    process.disconnect();`;
  return nodeProgram(folder, 'demo', source);
}

/** As somebody else's server is: without our flags. */
async function plainTemporal(): Promise<string> {
  const address = `127.0.0.1:${await freePort(0)}`;
  const port = address.split(':')[1] ?? '';
  const args = ['server', 'start-dev', '--headless', '--log-level', 'never', '--port', port];
  const server = spawn(await findTemporalBinary({ say }), args, { stdio: 'ignore' });
  onTestFinished(() => stopChild(server, 5000));
  await vi.waitUntil(() => temporalAnswers({ address }), { timeout: 30_000, interval: 100 });
  return address;
}

describe('openStack', () => {
  it('makes the search attributes known to a server that has never heard of them', async () => {
    const address = await plainTemporal();
    const env = { ...sharedServers(), TEMPORAL_ADDRESS: address };
    const dataDir = temporaryFolder();
    await using _stack = await openStack({ dataDir, env, worker: false, say });
    const connection = await Connection.connect({ address });
    onTestFinished(() => connection.close());
    const known = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(known.customAttributes)).toEqual(
      expect.arrayContaining(['DarkroomImage', 'DarkroomOwner', 'DarkroomScope']),
    );
  });

  it('opens everything, can be found while it runs, and leaves no process', async () => {
    const dataDir = temporaryFolder();
    const stack = await openStack({ dataDir, env: ownServers, worker: false, say });
    const children = childrenOf(dataDir);
    expect(children.map(({ command }) => command)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('server start-dev'),
        expect.stringContaining('database-server.js'),
      ]),
    );
    await expect(temporalAnswers({ address: stack.temporalAddress })).resolves.toBe(true);
    await expect(readRunningStack(dataDir)).resolves.toEqual(stack.env);
    expect(statSync(join(dataDir, 'stack.json')).mode & 0o777).toBe(0o600);

    await Promise.all([stack[Symbol.asyncDispose](), stack[Symbol.asyncDispose]()]);
    expect(children.every(isGone)).toBe(true);
    await expect(readRunningStack(dataDir)).resolves.toBeUndefined();
    expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);
  });

  it('keeps its secret, and what the environment sets', async () => {
    const dataDir = temporaryFolder();
    const secrets = new Set<string | undefined>();
    for (const ENCODERS of ['1', '2']) {
      const env = { ...sharedServers(), ENCODERS };
      const stack = await openStack({ dataDir, env, worker: false, say });
      expect(stack.env).toMatchObject(env);
      secrets.add(stack.env.DARKROOM_SECRET);
      await stack[Symbol.asyncDispose]();
    }
    expect([...secrets]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(statSync(join(dataDir, 'secret')).mode & 0o777).toBe(0o600);
  });

  it('serves with a token of its own, which it keeps, on a free port', async () => {
    const dataDir = temporaryFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const tokens = new Set<string | undefined>();
    for (let opened = 0; opened < 2; opened += 1) {
      const env = { ...process.env, ...sharedServers(), HTTP_PORT: String(port) };
      await using stack = await openStack({ dataDir, env, worker: false, server: true, say });
      const { api = '', admin = '', token = '' } = stack.server ?? {};
      expect(new URL(api).port).not.toBe(String(port));
      const authorization = `Bearer ${token}`;
      const answer = await fetch(`${api}/api/v1/images`, { headers: { authorization } });
      expect(answer.status).toBe(200);
      const page = await fetch(admin, { redirect: 'manual' });
      expect(page.status).toBe(303);
      expect(page.headers.get('set-cookie')).toContain(`darkroom_session=${token};`);
      tokens.add(token);
    }
    expect(tokens.size).toBe(1);
    expect(statSync(join(dataDir, 'admin-token')).mode & 0o777).toBe(0o600);
  });

  it('makes another token for another database', async () => {
    const dataDir = temporaryFolder();
    const first = await firstToken(dataDir, database.url);
    await using another = await openTestDatabase();
    const second = await firstToken(dataDir, another.url);
    expect(second).not.toBe(first);
    expect(await firstToken(dataDir, another.url)).toBe(second);
    // Where it was lost, what nobody has any more is revoked.
    expect(await firstToken(dataDir, database.url)).not.toBe(first);
    await using catalog = openCatalog(database.url);
    expect(await tokensOf(catalog).authenticate(first)).toBeUndefined();
  });

  it('refuses a folder on which a stack runs, and leaves that one alone', async () => {
    const dataDir = temporaryFolder();
    const options = { dataDir, env: sharedServers(), worker: false, say };
    const stack = await openStack(options);
    await expect(openStack(options)).rejects.toThrow(`already runs on ${dataDir}`);
    await expect(readRunningStack(dataDir)).resolves.toEqual(stack.env);
    await stack[Symbol.asyncDispose]();
  });

  it('ends what a killed stack left behind', async () => {
    const dataDir = temporaryFolder();
    const demo = await started(demoLike(dataDir), [dataDir]);
    const children = childrenOf(dataDir);
    demo.child.kill('SIGKILL');
    await once(demo.child, 'exit');
    expect(children.every(isGone)).toBe(false);
    await expect(readRunningStack(dataDir)).resolves.toBeUndefined();

    const stack = await openStack({ dataDir, env: sharedServers(), worker: false, say });
    expect(children.every(isGone)).toBe(true);
    await stack[Symbol.asyncDispose]();
  });

  it('spares a process that was given the id of one that it started', async () => {
    const dataDir = temporaryFolder();
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const children = [{ pid: stranger.pid, command: 'temporal server start-dev' }];
    const record = { pid: stranger.pid, command: 'node demo.js', children };
    writeFileSync(join(dataDir, 'stack.json'), JSON.stringify(record));
    const stack = await openStack({ dataDir, env: sharedServers(), worker: false, say });
    await stack[Symbol.asyncDispose]();
    expect(stranger.signalCode).toBeNull();
    expect(isGone({ pid: stranger.pid ?? 0 })).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('closes everything after %s', async (signal) => {
    const dataDir = temporaryFolder();
    const demo = await started(demoLike(dataDir), [dataDir]);
    const children = childrenOf(dataDir);
    expect(children).toHaveLength(2);
    demo.child.kill(signal);
    await expect(once(demo.child, 'exit')).resolves.toEqual([0, null]);
    expect(children.every(isGone)).toBe(true);
  });

  it('leaves no process when its start is given up', async () => {
    const dataDir = temporaryFolder();
    const stop = new AbortController();
    const { signal } = stop;
    const opening = openStack({ dataDir, env: ownServers, worker: false, say, signal });
    const refused = expect(opening).rejects.toThrow('enough');
    await vi.waitUntil(() => existsSync(join(dataDir, 'logs', 'temporal.log')), { timeout: 5000 });
    await vi.waitUntil(() => childrenOf(dataDir).length > 0, { timeout: 5000 });
    const children = childrenOf(dataDir);
    stop.abort(new Error('enough'));
    await refused;
    expect(children.every(isGone)).toBe(true);
    expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);
  });

  it('says which address does not answer', async () => {
    const env = { ...sharedServers(), TEMPORAL_ADDRESS: '127.0.0.1:9' };
    const opening = openStack({ dataDir: temporaryFolder(), env, worker: false, say });
    await expect(opening).rejects.toThrow('TEMPORAL_ADDRESS=127.0.0.1:9');
  });
});
