import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { DarkroomError } from '../../domain/failures.js';
import type { HttpEnv, HttpSettings } from '../http-deps.js';

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A browser sends the cookie of a session along whoever made it ask; a program sends a bearer token
 * only on purpose. So what a session changes has to come from a page of ours.
 */
export function sameOriginForSessions(settings: HttpSettings) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    if (c.get('signedInBy') === 'session' && !CHANGES_NOTHING.has(c.req.method)) {
      requireSameOrigin(c, settings);
    }
    await next();
  });
}

/** @throws DarkroomError `CrossSite`, also when the browser says nothing */
export function requireSameOrigin(c: Context<HttpEnv>, { publicUrl }: HttpSettings): void {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const fromHere = site === undefined || site === 'same-origin' || site === 'none';
  const here = [c.req.header('host') ?? new URL(c.req.url).host, publicUrl?.host];
  const sameHost =
    origin === undefined || (URL.canParse(origin) && here.includes(new URL(origin).host));
  const said = site !== undefined || origin !== undefined;
  if (!said || !fromHere || !sameHost) throw new DarkroomError('CrossSite');
}
