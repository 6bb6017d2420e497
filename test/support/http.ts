import type { OpenAPIHono } from '@hono/zod-openapi';
import { buildApp } from '../../src/http/app.js';
import type { HttpDeps, HttpEnv, HttpSettings } from '../../src/http/http-deps.js';
import { openHttp } from '../../src/http/open-http.js';
import { startPipeline, type Pipeline, type PipelineOptions } from './pipeline.js';

/** The server without a port on a real pipeline, and a token of every kind. */
export interface TestHttp extends AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly app: OpenAPIHono<HttpEnv>;
  readonly deps: HttpDeps;
  /** What nobody foresaw, and outages. */
  readonly reported: unknown[];
  readonly tokens: { admin: string; alice: string; bob: string };
  /** Asks as the administrator, unless headers say who else; a plain object is sent as JSON. */
  ask(path: string, how?: Ask): Promise<Answer>;
}

export interface Ask {
  as?: 'admin' | 'alice' | 'bob' | 'nobody';
  method?: string;
  headers?: Record<string, string>;
  json?: unknown;
  body?: FormData | ReadableStream | Uint8Array | string;
}

/** `body` is the JSON; absent for whatever is not JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
}

export interface HttpOptions extends PipelineOptions {
  settings?: Partial<HttpSettings>;
  stopping?: AbortSignal;
}

export async function startHttp({
  settings,
  stopping,
  ...options
}: HttpOptions = {}): Promise<TestHttp> {
  const pipeline = await startPipeline(options);
  const opened = await openHttp(pipeline.env);
  const reported: unknown[] = [];
  const deps: HttpDeps = {
    ...opened,
    settings: { ...opened.settings, ...settings },
    temporalUi: 'http://127.0.0.1:8233',
    report: (error) => void reported.push(error),
    ...(stopping && { stopping }),
  };
  const app = buildApp(deps);
  const { tokens: created } = deps.darkroom;
  const admin = await created.create({ name: 'admin', role: 'admin' });
  const alice = await created.create({ name: 'alice', role: 'owner', ownerId: 'alice' });
  const bob = await created.create({ name: 'bob', role: 'owner', ownerId: 'bob' });
  const tokens = { admin: admin.token, alice: alice.token, bob: bob.token };

  return {
    ...{ pipeline, app, deps, tokens, reported },
    ask: async (path, { as = 'admin', json, ...how } = {}) => {
      const answer = await app.request(path, {
        method: how.method ?? 'GET',
        headers: {
          ...(as !== 'nobody' && { authorization: `Bearer ${tokens[as]}` }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...how.headers,
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...(how.body !== undefined && { body: how.body, duplex: 'half' }),
      });
      return read(answer);
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await pipeline[Symbol.asyncDispose]();
    },
  };
}

async function read(answer: Response): Promise<Answer> {
  const { status, headers } = answer;
  const text = await answer.text();
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: isJson ? (JSON.parse(text) as Answer['body']) : {} };
}
