import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { HttpEnv, HttpSettings } from '../http-deps.js';

/** The last address of the list is the one that our own proxy has seen; the others anybody may claim. */
export function addressOf(
  c: Context<HttpEnv>,
  { trustProxy }: Pick<HttpSettings, 'trustProxy'>,
): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for') : undefined;
  const last = forwarded?.split(',').at(-1)?.trim();
  return last || (peerOf(c) ?? 'unknown');
}

/** Who is at the other end of the connection; nobody when the app is called without a port. */
function peerOf(c: Context<HttpEnv>): string | undefined {
  const { incoming } = (c.env ?? {}) as { incoming?: unknown };
  return incoming === undefined ? undefined : getConnInfo(c).remote.address;
}
