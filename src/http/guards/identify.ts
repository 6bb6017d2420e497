import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Darkroom } from '../../client.js';
import type { HttpEnv } from '../http-deps.js';

export const SESSION_COOKIE = 'darkroom_session';

/** Finds out who asks, by bearer token or by the cookie of a signed-in browser; refuses nobody. */
export function identify({ tokens }: Darkroom) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const signedInBy = c.req.header('authorization') === undefined ? 'session' : 'token';
    const token = signedInBy === 'token' ? bearerOf(c) : getCookie(c, SESSION_COOKIE);
    const caller = token === undefined ? undefined : await tokens.authenticate(token);
    if (caller !== undefined) {
      c.set('caller', caller);
      c.set('signedInBy', signedInBy);
    }
    await next();
  });
}

function bearerOf(c: Context): string | undefined {
  return /^Bearer ([\w-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}
