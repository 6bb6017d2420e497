import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { Hono, type Context } from 'hono';
import { addressOf } from '../guards/address-of.js';
import { askedHost, isAddress, isThisMachine } from '../guards/host-check.js';
import type { HttpDeps, HttpEnv } from '../http-deps.js';

/** Who may read it where there is no token. */
interface MetricsReaders {
  /** Names under which it is asked for, besides addresses and those of this machine. */
  hosts: (string | undefined)[];
  /** Where people reach the server that has it; whoever comes from there is anybody. */
  publicUrl?: URL;
  trustProxy?: boolean;
}

type Metrics = Pick<HttpDeps, 'metrics' | 'metricsToken'>;

/**
 * `/metrics` in Prometheus' text format, behind a token when there is one. Without one a page whose
 * site points to this machine must not read it, nor whoever reaches a public server.
 */
export function metricsRoute(
  { metrics, metricsToken }: Metrics,
  readers: MetricsReaders = { hosts: [] },
): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  if (metrics === undefined) return app;
  app.get('/metrics', async (c) => {
    if (metricsToken !== undefined && !isToken(c.req.header('authorization'), metricsToken)) {
      c.header('WWW-Authenticate', 'Bearer');
      return c.text('METRICS_TOKEN is wanted as a bearer token.\n', 401);
    }
    if (metricsToken === undefined && !mayRead(c, readers)) {
      return c.text('Without METRICS_TOKEN nobody is told from here, or under this name.\n', 403);
    }
    c.header('Cache-Control', 'no-store');
    c.header('Content-Type', metrics.contentType);
    return c.body(await metrics.text());
  });
  return app;
}

function mayRead(
  c: Context<HttpEnv>,
  { hosts, publicUrl, trustProxy = false }: MetricsReaders,
): boolean {
  const host = askedHost(c);
  if (host === undefined) return false;
  const isPublic = publicUrl !== undefined && !isThisMachine(publicUrl.hostname);
  // A proxy on this machine is a peer on this machine, whoever asks it; it keeps the name it was asked by.
  if (isPublic) {
    return host !== publicUrl.hostname && isLoopback(addressOf(c, { trustProxy }));
  }
  return isThisMachine(host) || isAddress(host) || hosts.includes(host);
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  // An address of IPv4 in one of IPv6 is looked for among those of IPv4 too.
  return isIP(address) !== 0 && LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** By hashes of equal length, so that the time tells nothing about the token. */
function isToken(header: string | undefined, token: string): boolean {
  const [, given] = /^Bearer (.+)$/i.exec(header ?? '') ?? [];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
