import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Darkroom } from '../../client.js';
import type { HttpEnv } from '../http-deps.js';

export const SESSION_COOKIE = 'darkroom_session';

/**
 * Finds out who asks, by bearer token or by the cookie of a signed-in browser; refuses nobody.
 * @param good keeps the tokens that are
 */
export function identify({ tokens }: Darkroom, good: Set<string>) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const token = tokenOf(c);
    const caller = token === undefined ? undefined : await tokens.authenticate(token);
    if (token !== undefined && caller === undefined) good.delete(token);
    if (token !== undefined && caller !== undefined) {
      good.add(token);
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
