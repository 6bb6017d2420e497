import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { chatAnswer, embeddingsAnswer } from './fake-openai-answers.js';
import { readJson } from './read-json.js';

/** One thing that goes wrong; each is used up by one call. */
export type Fault =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** The right answer, late. */
  | { delayMs: number }
  /** Until the caller gives up. */
  | 'hang'
  /** The connection breaks off in the middle. */
  | 'reset'
  /** The right answer, made into another one. */
  | ((answer: FakeAnswer) => unknown);

// Whatever a test likes to read or write in it.
export type FakeAnswer = Record<string, unknown> & {
  choices?: { finish_reason: string; message: Record<string, unknown> }[];
  data?: { index: number; embedding: number[] }[];
};

/** What was asked, as the provider's bill would have it. */
export interface FakeCall {
  path: string;
  atMs: number;
  /** What it was answered with; 0 while it hangs or when it broke off. */
  status: number;
  /** Of an embedding. */
  texts: number;
  body: Record<string, unknown>;
  /** The caller hung up before it was answered. */
  abandoned: boolean;
}

export interface FakeOpenAi extends AsyncDisposable {
  readonly baseUrl: string;
  /** Every call that reached it, in order, those that failed too. */
  readonly calls: FakeCall[];
  /** The next calls fail so, one after the other. */
  fail(...faults: Fault[]): void;
  /** Every call fails so until it is told otherwise. */
  failAlways(fault: Fault | undefined): void;
  /** From now on it knows this key only. */
  useKey(key: string): void;
}

/** It answers to any name; these are the ones that it says it has. */
const MODELS = ['fake-vision', 'fake-embedding'] as const;

/** What makes a Darkroom ask it. */
export function fakeSettings({ baseUrl }: Pick<FakeOpenAi, 'baseUrl'>): Record<string, string> {
  return {
    METADATA_PROVIDER: 'openai',
    METADATA_MODEL: MODELS[0],
    EMBEDDING_PROVIDER: 'openai',
    EMBEDDING_MODEL: MODELS[1],
    EMBEDDING_DIMENSIONS: String(DIMENSIONS),
    OPENAI_BASE_URL: baseUrl,
    OPENAI_API_KEY: FAKE_KEY,
  };
}

export interface FakeSettings {
  port?: number;
  key?: string;
  dimensions?: number;
}

export const FAKE_KEY = 'fake-key';
const DIMENSIONS = 64;

const MAX_BODY_BYTES = 20_000_000;

/**
 * A provider that speaks OpenAI's protocol over HTTP, sees the colours of pictures and hashes the
 * words of texts: the same question always gets the same answer. For tests, and to try things out.
 */
export async function startFakeOpenAi({
  port = 0,
  key = FAKE_KEY,
  dimensions = DIMENSIONS,
}: FakeSettings = {}): Promise<FakeOpenAi> {
  const calls: FakeCall[] = [];
  const next: Fault[] = [];
  let always: Fault | undefined;
  let accepted = key;

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readJson(request, MAX_BODY_BYTES);
    if (request.url === '/ledger') return listed(calls, response);
    if (request.url === '/faults') {
      next.push(...((body.faults as Fault[] | undefined) ?? []));
      return listed(calls, response);
    }
    const { input } = body;
    const call: FakeCall = {
      path: (request.url ?? '').replace(/^\/v1/, ''),
      atMs: Date.now(),
      ...{ status: 0, body, abandoned: false },
      texts: Array.isArray(input) ? input.length : input === undefined ? 0 : 1,
    };
    calls.push(call);
    response.on('close', () => (call.abandoned = !response.writableFinished));
    if (request.headers.authorization !== `Bearer ${accepted}`) {
      return send(call, response, wrongKey(request.headers.authorization ?? ''));
    }
    const answer = await answerTo(call, dimensions);
    await perform(next.shift() ?? always, { call, response, answer });
  };
  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    fail: (...faults) => void next.push(...faults),
    failAlways: (fault) => {
      always = fault;
    },
    useKey: (other) => {
      accepted = other;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Whole {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

async function answerTo({ path, body }: FakeCall, dimensions: number): Promise<Whole> {
  switch (path) {
    case '/chat/completions':
      return chatAnswer(body);
    case '/models':
      return { status: 200, body: { object: 'list', data: MODELS.map((id) => ({ id })) } };
    case '/embeddings':
      return embeddingsAnswer(body, dimensions);
    default:
      return { status: 404, body: { error: { message: `no route ${path}`, code: null } } };
  }
}

interface Performing {
  call: FakeCall;
  response: ServerResponse;
  answer: Whole;
}

async function perform(
  fault: Fault | undefined,
  { call, response, answer }: Performing,
): Promise<void> {
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":[{"mess');
    await after(5);
    response.destroy();
    return;
  }
  if (fault === undefined) return send(call, response, answer);
  if (typeof fault === 'function') {
    const copy = structuredClone(answer.body) as FakeAnswer;
    return send(call, response, { status: 200, body: fault(copy) ?? copy });
  }
  if ('delayMs' in fault) {
    await after(fault.delayMs);
    return send(call, response, answer);
  }
  send(call, response, { body: { error: { message: 'scripted' } }, ...fault });
}

/** For who tries things out from another process: what was asked, without the pictures. */
function listed(calls: FakeCall[], response: ServerResponse): void {
  const all = calls.map(({ body: _pictures, ...call }) => call);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(all));
}

function send(call: FakeCall, response: ServerResponse, { status, body, headers }: Whole): void {
  call.status = status;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

/** OpenAI's own words, which repeat the key. */
function wrongKey(authorization: string): Whole {
  const message = `Incorrect API key provided: ${authorization.replace(/^Bearer /, '')}.`;
  return { status: 401, body: { error: { message, code: 'invalid_api_key' } } };
}
