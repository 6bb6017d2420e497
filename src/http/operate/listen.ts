import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Config } from '../../config/config.js';
import type { HttpEnv } from '../http-deps.js';
import type { MetricsSource } from '../../metrics/metrics.js';
import { aliveRoute } from './health-routes.js';
import { metricsRoute } from './metrics-route.js';

export interface OperationsListener extends AsyncDisposable {
  readonly port: number;
}

export interface ListenOptions extends Pick<Config, 'metricsHost' | 'metricsToken'> {
  /** 0 for any. */
  port: number;
  metrics: MetricsSource;
}

/**
 * `/metrics` and `/healthz` of a process that serves nothing else.
 * @throws Error when the port is taken, in words that say which variable to change
 */
export async function listenForOperators(options: ListenOptions): Promise<OperationsListener> {
  const { port, metricsHost: hostname, metricsToken, metrics } = options;
  const app = new Hono<HttpEnv>();
  app.route('/', aliveRoute());
  const token = metricsToken !== undefined && { metricsToken };
  app.route('/', metricsRoute({ metrics, ...token }, { hosts: [hostname] }));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(port, hostname);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`METRICS_PORT ${port} on ${hostname} cannot be listened on: ${message}`, {
      cause,
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
