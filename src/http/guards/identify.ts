import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Darkroom } from '../../client.js';
import type { HttpEnv } from '../http-deps.js';
import type { KnownTokens } from './known-tokens.js';

export const SESSION_COOKIE = 'darkroom_session';

/**
 * Finds out who asks, by bearer token or by the cookie of a signed-in browser; refuses nobody.
 * @param known hears which tokens are good
 */
export function identify({ tokens }: Darkroom, known: KnownTokens) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const token = tokenOf(c);
    const caller = token === undefined ? undefined : await tokens.authenticate(token);
    if (token !== undefined) known.note(token, caller !== undefined);
    if (caller !== undefined) {
      c.set('caller', caller);
      c.set('signedInBy', isBySession(c) ? 'session' : 'token');
    }
    await next();
  });
}

/** What the request brings; whether it is one is another question. */
export function tokenOf(c: Context): string | undefined {
  if (isBySession(c)) return getCookie(c, SESSION_COOKIE);
  return /^Bearer ([\w-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

function isBySession(c: Context): boolean {
  return c.req.header('authorization') === undefined;
}
