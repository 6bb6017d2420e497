import type { MiddlewareHandler } from 'hono';
import { every } from 'hono/combine';
import type { Darkroom } from '../../client.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';
import { identify } from './identify.js';
import { KnownTokens } from './known-tokens.js';
import { limitCallers, limitStrangers } from './rate-limit.js';

/**
 * Finds out who asks, and how often they have. Looking up a token costs a query, so an address that
 * has sent too many that are none is refused before; tokens that were good the last time go on.
 */
export function whoAsks(darkroom: Darkroom, settings: HttpSettings): MiddlewareHandler<HttpEnv> {
  const known = new KnownTokens();
  const strangers = limitStrangers(settings, (token) => known.has(token));
  return every(
    strangers.look,
    identify(darkroom, known),
    strangers.count,
    limitCallers(settings),
  ) as MiddlewareHandler<HttpEnv>;
}
