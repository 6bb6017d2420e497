import type { Context } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
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
 * A tenth of that for an address whose requests have no token, or one that is none.
 * @param good tokens that were good the last time: they are not looked at
 */
export function limitStrangers(settings: HttpSettings, good: ReadonlySet<string>) {
  return rateLimiter<HttpEnv>({
    ...COUNTING,
    limit: Math.ceil(settings.requestsPerMinute / 10),
    skip: (c) => good.has(tokenOf(c) ?? ''),
    // Whoever turned out to have a good one takes nothing from the others of the address.
    skipSuccessfulRequests: true,
    requestWasSuccessful: (c: Context<HttpEnv>) => callerOf(c) !== undefined,
    keyGenerator: (c) => addressOf(c, settings),
  });
}

/** For what nobody has a token for, because it is signed. */
export function limitAddresses(settings: HttpSettings) {
  return rateLimiter<HttpEnv>({
    ...COUNTING,
    limit: settings.requestsPerMinute,
    keyGenerator: (c) => addressOf(c, settings),
  });
}
