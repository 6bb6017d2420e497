import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { loadConfig, type Config } from '../config/config.js';
import { openLog } from '../log/log.js';
import { removeLeftUploads } from '../storage/keep-original.js';
import { buildApp } from './app.js';
import type { HttpDeps } from './http-deps.js';
import { openHttp } from './open-http.js';

/** Serves the API and the pages until SIGTERM, then lets what is being answered be answered. */
async function run(): Promise<void> {
  const config = loadConfig(process.env);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

  const log = openLog(config);
  const report = (error: unknown, requestId: string) =>
    log.error({ error, requestId }, 'Request failed');

  await removeLeftUploads();
  await using deps = await openHttp(process.env);
  const server = await listen(config, { ...deps, report, stopping: stop.signal });
  process.send?.({ ready: true });
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await close(server, config.shutdownGraceSeconds * 1000);
}

async function listen(config: Config, deps: HttpDeps): Promise<Server> {
  const server = serve({
    fetch: buildApp(deps).fetch,
    hostname: config.httpHost,
    port: config.httpPort,
    createServer,
    serverOptions: {
      requestTimeout: config.requestSeconds * 1000,
      headersTimeout: Math.min(15, config.requestSeconds) * 1000,
      // How late a slow request is noticed.
      connectionsCheckingInterval: 1000,
    },
  }) as Server;
  await once(server, 'listening');
  return server;
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

// Whoever started this process with a channel is gone; nobody would stop it any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

run().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
