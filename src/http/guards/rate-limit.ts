import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';
import { callerOf } from './roles.js';

/** So many requests a minute for a token, and for the addresses of those who have none. */
export function rateLimit({ requestsPerMinute, trustProxy }: HttpSettings) {
  return rateLimiter<HttpEnv>({
    windowMs: 60_000,
    standardHeaders: 'draft-6',
    limit: (c) =>
      callerOf(c) === undefined ? Math.ceil(requestsPerMinute / 10) : requestsPerMinute,
    keyGenerator: (c) => callerOf(c)?.tokenId ?? `address ${addressOf(c, trustProxy)}`,
    // The header Retry-After has been set by then.
    handler: () => {
      throw new DarkroomError('TooManyRequests');
    },
  });
}

/** The last address of the list is the one that our own proxy has seen; the others anybody may claim. */
function addressOf(c: Context<HttpEnv>, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for') : undefined;
  const last = forwarded?.split(',').at(-1)?.trim();
  if (last) return last;
  // There is no connection when the app is called without a port.
  const { incoming } = (c.env ?? {}) as { incoming?: unknown };
  return incoming === undefined ? 'unknown' : (getConnInfo(c).remote.address ?? 'unknown');
}
