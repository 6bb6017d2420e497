import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/dev/ports.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const SERVER = fileURLToPath(new URL('../../dist/http/server.js', import.meta.url));

describe('the server', () => {
  let pipeline: Pipeline;
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    pipeline = await startPipeline({ workers: false });
    port = await freePort();
    const settings = {
      HTTP_PORT: String(port),
      HTTP_REQUEST_SECONDS: '2',
      HTTP_IDLE_SECONDS: '60',
    };
    server = fork(SERVER, { env: { ...pipeline.env, ...settings }, stdio: 'inherit' });
    await once(server, 'message');
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    await pipeline[Symbol.asyncDispose]();
  });

  /** What it says to a request that is sent as it is, until it hangs up. */
  async function says(...pieces: string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    for (const piece of pieces) socket.write(piece);
    await once(socket, 'close');
    return answer;
  }

  it('hangs up on heads that do not end and on bodies that take too long', async () => {
    const { token } = await pipeline.darkroom.tokens.create({ name: 'slow', role: 'admin' });
    const [head, body] = await Promise.all([
      says('GET / HTTP/1.1\r\nHost: localhost\r\n'),
      says(
        'POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n',
        `Authorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\nPNG`,
      ),
    ]);
    expect(head).toContain('408 Request Timeout');
    expect(body).toContain('408');
    await expect(pipeline.darkroom.images()).resolves.toEqual([]);
  });

  it('answers as the app does, with a token as with none', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/images`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ kind: 'Unauthenticated' });
    expect(
      await says('GET /docs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 421 /);
    // A path that no client of ours would send.
    expect(
      await says(
        'GET /variants/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 404 /);
  });

  it('ends well when it is told to', async () => {
    server.kill('SIGTERM');
    await expect(once(server, 'exit')).resolves.toEqual([0, null]);
  });
});

describe('the server, to those who read nothing', () => {
  const CONNECTIONS = 40;
  let pipeline: Pipeline;
  let server: ChildProcess;
  let port: number;
  let original: string;
  let token: string;
  beforeAll(async () => {
    pipeline = await startPipeline({ workers: false });
    port = await freePort();
    const settings = {
      HTTP_PORT: String(port),
      HTTP_IDLE_SECONDS: '2',
      HTTP_CONNECTIONS: String(CONNECTIONS),
      HTTP_FILES_AT_ONCE: '40',
    };
    server = fork(SERVER, { env: { ...pipeline.env, ...settings }, stdio: 'inherit' });
    await once(server, 'message');
    ({ token } = await pipeline.darkroom.tokens.create({
      ...{ name: 'slow', role: 'owner', ownerId: 'slow' },
    }));
    // More than the buffers of a connection hold.
    const image = await picture({ widthPx: 8, heightPx: 8, format: 'png' });
    const body = Buffer.concat([image, Buffer.alloc(20_000_000)]);
    const { id } = await pipeline.darkroom.upload({ ownerId: 'slow', fileName: 'a.png', body });
    original = `/api/v1/images/${id}/original`;
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    await pipeline[Symbol.asyncDispose]();
  });

  async function opened(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Asks for the file and reads nothing of it. */
  async function slowReader(): Promise<Socket> {
    const socket = await opened();
    const head = `Host: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    socket.pause().write(`GET ${original} HTTP/1.1\r\n${head}`);
    return socket;
  }

  /** How many of so many connections are answered, all of them staying open meanwhile. */
  async function answered(connections: number): Promise<number> {
    const sockets = await Promise.all(Array.from({ length: connections }, opened));
    const answers = sockets.map(async (socket) => {
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await vi.waitUntil(() => answer !== '' || socket.closed, { timeout: 10_000 });
      return answer.startsWith('HTTP/1.1 200');
    });
    const good = (await Promise.all(answers)).filter(Boolean).length;
    for (const socket of sockets) socket.destroy();
    return good;
  }

  it('answers the others, and hangs up on every one of them', async () => {
    const slow = await Promise.all(Array.from({ length: 30 }, slowReader));
    expect(await answered(5)).toBe(5);
    await expect.poll(() => answered(CONNECTIONS)).toBe(CONNECTIONS);
    for (const socket of slow) {
      let bytes = 0;
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
      await vi.waitUntil(() => socket.closed, { timeout: 10_000 });
      expect(bytes).toBeLessThan(20_000_000);
    }
  });

  it('has no more connections than it may, and hangs up on what comes besides', async () => {
    await expect.poll(() => answered(CONNECTIONS)).toBe(CONNECTIONS);
    await expect.poll(() => answered(CONNECTIONS + 5)).toBe(CONNECTIONS);
  });
});
