import { createMiddleware } from 'hono/factory';
import { MemoryStore, rateLimiter } from 'hono-rate-limiter';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';
import { addressOf } from './address-of.js';
import { tokenOf } from './identify.js';
import { callerOf } from './roles.js';

const COUNTING = {
  windowMs: 60_000,
  standardHeaders: 'draft-6',
  // The header Retry-After has been set by then.
  handler: () => {
    throw new DarkroomError('TooManyRequests');
  },
} as const;

/** So many requests a minute of one token. */
export function limitCallers({ requestsPerMinute }: HttpSettings) {
  return rateLimiter<HttpEnv>({
    ...COUNTING,
    limit: requestsPerMinute,
    skip: (c) => callerOf(c) === undefined,
    keyGenerator: (c) => callerOf(c)?.tokenId ?? '',
  });
}

/**
 * A tenth of that for an address whose requests have no token, or one that is none. It is looked at before
 * a token is looked up, which costs a query, and counted when the token is known for none: good ones
 * cost an address nothing, whatever the database does meanwhile.
 * @param isKnown tokens that were good the last time: they go on, whoever else asks from there
 */
export function limitStrangers(settings: HttpSettings, isKnown: (token: string) => boolean) {
  const limit = Math.ceil(settings.requestsPerMinute / 10);
  const store = new MemoryStore<HttpEnv>();
  const look = createMiddleware<HttpEnv>(async (c, next) => {
    const seen = isKnown(tokenOf(c) ?? '') ? undefined : store.get(addressOf(c, settings));
    const leftMs = (seen?.resetTime?.getTime() ?? 0) - Date.now();
    if (seen !== undefined && seen.totalHits >= limit && leftMs > 0) {
      c.header('Retry-After', String(Math.ceil(leftMs / 1000)));
      throw new DarkroomError('TooManyRequests');
    }
    await next();
  });
  const count = rateLimiter<HttpEnv>({
    ...COUNTING,
    ...{ limit, store },
    skip: (c) => callerOf(c) !== undefined,
    keyGenerator: (c) => addressOf(c, settings),
  });
  return { look, count };
}

/** For what nobody has a token for, because it is signed. */
export function limitAddresses(settings: HttpSettings) {
  return rateLimiter<HttpEnv>({
    ...COUNTING,
    limit: settings.requestsPerMinute,
    keyGenerator: (c) => addressOf(c, settings),
  });
}
