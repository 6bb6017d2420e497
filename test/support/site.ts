import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { startHttp } from './http.js';
import type { Pipeline, PipelineOptions } from './pipeline.js';

export interface Site extends AsyncDisposable {
  readonly pipeline: Pipeline;
  /** The whole server without a port; whoever asks is an administrator. */
  readonly app: Hono;
  /** Where a browser finds it: `http://127.0.0.1:4711`. */
  readonly origin: string;
}

/** The whole server over a whole pipeline, as an administrator who is signed in gets it. */
export async function startSite(options: PipelineOptions = {}): Promise<Site> {
  const stopping = new AbortController();
  const http = await startHttp({ ...options, stopping: stopping.signal });
  const app = new Hono();
  app.all('*', (c) => {
    const request = new Request(c.req.raw);
    request.headers.set('authorization', `Bearer ${http.tokens.admin}`);
    return http.app.fetch(request, c.env);
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ pipeline: http.pipeline, app, origin: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
      await http[Symbol.asyncDispose]();
    },
  };
}
