import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.js';

export interface Site {
  readonly port: number;
  /** At the address it listens on. */
  url(path: string): string;
  /** Requests so far, as `METHOD /path`. */
  readonly requests: string[];
  /** Connections that were ever made. */
  connections(): number;
  /** Connections that are open now. */
  open(): number;
}

export interface SiteOptions {
  host?: string;
  port?: number;
  certificate?: Certificate;
}

/** A site of this machine for the running test; http, or https with a certificate. */
export async function openSite(
  answer: RequestListener,
  { host = '127.0.0.1', port = 0, certificate }: SiteOptions = {},
): Promise<Site> {
  const requests: string[] = [];
  let [made, open] = [0, 0];
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  };
  const server =
    certificate === undefined
      ? http.createServer(listener)
      : https.createServer(certificate, listener);
  server.on('connection', (socket: Socket) => {
    made += 1;
    open += 1;
    socket.on('close', () => (open -= 1));
    // Guarded clients hang up whenever they like.
    socket.on('error', () => undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const bound = (server.address() as AddressInfo).port;
  const scheme = certificate === undefined ? 'http' : 'https';
  return {
    port: bound,
    url: (path) => `${scheme}://${host}:${bound}${path}`,
    requests,
    connections: () => made,
    open: () => open,
  };
}
