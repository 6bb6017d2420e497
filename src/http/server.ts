import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
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
  limitConnections(server, config, (connections) =>
    log.warn({ connections }, 'HTTP_CONNECTIONS are open; the server hangs up on others'),
  );
  // The one that it was told, or the free one that it has found.
  const { port } = server.address() as AddressInfo;
  process.send?.({ ready: true, port });
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

/** A minute of refusals is one line of the log. */
const SAY_AGAIN_MS = 60_000;

/**
 * A connection that is not there costs nobody anything, so there are so many and no more; and whoever
 * takes nothing of an answer does not keep one for ever.
 */
function limitConnections(
  server: Server,
  { httpConnections, bodyIdleSeconds }: Config,
  full: (connections: number) => void,
): void {
  server.maxConnections = httpConnections;
  let saidAt = -SAY_AGAIN_MS;
  server.on('drop', () => {
    if (performance.now() - saidAt < SAY_AGAIN_MS) return;
    saidAt = performance.now();
    full(httpConnections);
  });
  server.on('request', (_request, response) => {
    response.setTimeout(bodyIdleSeconds * 1000, () => {
      // Who only waits for us, or for what happens next, has nothing to take.
      if ((response.socket?.writableLength ?? 0) > 0) response.destroy();
    });
  });
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
