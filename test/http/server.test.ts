import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/ports.js';
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
