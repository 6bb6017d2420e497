import { rateLimiter } from 'hono-rate-limiter';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';
import { addressOf } from './address-of.js';
import { callerOf } from './roles.js';

/** So many requests a minute for a token, and for the addresses of those who have none. */
export function rateLimit(settings: HttpSettings) {
  const { requestsPerMinute } = settings;
  return rateLimiter<HttpEnv>({
    windowMs: 60_000,
    standardHeaders: 'draft-6',
    limit: (c) =>
      callerOf(c) === undefined ? Math.ceil(requestsPerMinute / 10) : requestsPerMinute,
    keyGenerator: (c) => callerOf(c)?.tokenId ?? `address ${addressOf(c, settings)}`,
    // The header Retry-After has been set by then.
    handler: () => {
      throw new DarkroomError('TooManyRequests');
    },
  });
}
