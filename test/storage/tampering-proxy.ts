import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

/**
 * What happens to one request: it goes through, gets another answer, none at all, only the head and
 * the first bytes of its own (and then the connection ends or falls silent), its own with a byte
 * changed, or the request reaches the server and its answer is lost.
 */
export type Fate =
  | { kind: 'pass' }
  | { kind: 'answer'; status: number; code?: string }
  | { kind: 'silent' }
  | { kind: 'cut' | 'stall'; afterBytes: number }
  | { kind: 'flip' }
  | { kind: 'lose answer' };

export interface TamperingProxy {
  readonly endpoint: string;
  /** `PUT /bucket/key` of each request so far. */
  readonly requests: string[];
  connections(): Promise<number>;
  /** @returns what opens it again, at the same port */
  close(): Promise<() => Promise<void>>;
}

/** Stands between a client and the S3 server; signatures hold, because `Host` goes through as it is. */
export async function openProxy(
  target: string,
  fateOf: (line: string, index: number) => Fate,
): Promise<TamperingProxy> {
  const requests: string[] = [];
  const server = createServer((incoming, response) => {
    const line = `${incoming.method} ${incoming.url?.replace(/\?.*/, '')}`;
    const fate = fateOf(line, requests.push(line) - 1);
    meet(fate, incoming, response, target);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      await close();
      return async () => void (await listen(port));
    },
  };
}

function meet(
  fate: Fate,
  incoming: IncomingMessage,
  response: ServerResponse,
  target: string,
): void {
  if (fate.kind === 'silent') {
    incoming.resume();
  } else if (fate.kind === 'answer') {
    incoming.resume();
    response.writeHead(fate.status, { 'content-type': 'application/xml', connection: 'close' });
    const { code } = fate;
    response.end(code && `<Error><Code>${code}</Code><Message>the words</Message></Error>`);
  } else {
    forward(incoming, target, (answer) => {
      if (fate.kind === 'lose answer') {
        answer.resume().once('end', () => response.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fate.kind === 'pass') answer.pipe(response);
      else if (fate.kind === 'flip') answer.pipe(flipFirstByte()).pipe(response);
      else answer.once('data', (chunk: Buffer) => sendStart(chunk, fate, response));
    });
  }
}

function forward(
  incoming: IncomingMessage,
  target: string,
  onAnswer: (answer: IncomingMessage) => void,
): void {
  const { method, url: path, headers } = incoming;
  const { hostname, port } = new URL(target);
  const onward = request({ hostname, port, method, path, headers, agent: false }, onAnswer);
  onward.on('error', () => incoming.destroy());
  incoming.on('error', () => onward.destroy());
  incoming.pipe(onward);
}

function sendStart(
  chunk: Buffer,
  { kind, afterBytes }: { kind: 'cut' | 'stall'; afterBytes: number },
  response: ServerResponse,
): void {
  response.write(chunk.subarray(0, afterBytes), () => {
    if (kind === 'cut') response.destroy();
  });
}

function flipFirstByte(): Transform {
  let first = true;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (first) chunk[0] = (chunk[0] ?? 0) ^ 1;
      first = false;
      done(null, chunk);
    },
  });
}
