import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { promisify } from 'node:util';

/**
 * What happens to one request: it goes through, at once or late, gets another answer, none at all,
 * only the head and the first bytes of its own (and then the connection ends or falls silent), its
 * own with a byte changed, breaks off after half of its body, or reaches the server and its answer is
 * lost.
 */
export type Fate =
  | { kind: 'pass' }
  | { kind: 'late'; byMs: number }
  | { kind: 'answer'; status: number; code?: string; headers?: Record<string, string> }
  | { kind: 'silent' }
  | { kind: 'cut' | 'stall'; afterBytes: number }
  | { kind: 'flip' }
  | { kind: 'half' }
  | { kind: 'lose answer' };

export interface TamperingProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** `PUT /bucket/key` of each request so far. */
  readonly requests: string[];
  connections(): Promise<number>;
  /** @returns what opens it again, at the same port */
  close(): Promise<() => Promise<void>>;
}

/** Stands between a client and an HTTP server; S3's signatures hold, because `Host` goes through as it is. */
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
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      await close();
      return async () => void (await listen(port));
    },
    [Symbol.asyncDispose]: close,
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
    const { status, code, headers } = fate;
    incoming.resume();
    const usual = { 'content-type': 'application/xml', connection: 'close' };
    response.writeHead(status, { ...usual, ...headers });
    response.end(code && `<Error><Code>${code}</Code><Message>the words</Message></Error>`);
  } else if (fate.kind === 'late') {
    setTimeout(() => meet({ kind: 'pass' }, incoming, response, target), fate.byMs);
  } else if (fate.kind === 'half') {
    sendHalf(incoming, response, target);
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
  const onward = requestTo(target, incoming, onAnswer);
  onward.on('error', () => incoming.destroy());
  incoming.on('error', () => onward.destroy());
  incoming.pipe(onward);
}

/** The server is promised the whole body and gets half of it. */
function sendHalf(incoming: IncomingMessage, response: ServerResponse, target: string): void {
  const half = Math.floor(Number(incoming.headers['content-length'] ?? 0) / 2);
  const onward = requestTo(target, incoming, (answer) => void answer.resume());
  onward.on('error', () => undefined);
  let sent = 0;
  incoming.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, Math.max(0, half - sent));
    sent += chunk.length;
    onward.write(part, () => {
      if (sent < half) return;
      onward.destroy();
      response.destroy();
    });
  });
}

function requestTo(
  target: string,
  { method, url: path, headers }: IncomingMessage,
  onAnswer: (answer: IncomingMessage) => void,
) {
  const { hostname, port } = new URL(target);
  return request({ hostname, port, method, path, headers, agent: false }, onAnswer);
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
