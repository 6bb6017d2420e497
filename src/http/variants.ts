import { Hono } from 'hono';
import { DarkroomError } from '../domain/failures.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';
import { sendFile } from './send-file.js';

const A_YEAR = 'public, max-age=31536000, immutable';

/**
 * Variants at `/variants/...`, for anybody who knows the address: nobody guesses one, and other bytes
 * have another, so a copy may be kept for ever.
 */
export function variantRoutes(deps: HttpDeps): Hono<HttpEnv> {
  return new Hono<HttpEnv>().get('*', async (c) => {
    // As it was sent: what has to be decoded is no key of ours.
    const key = new URL(c.req.url).pathname.slice(1);
    const file = await deps.darkroom.variant(key);
    if (file === undefined) throw new DarkroomError('RouteNotFound');
    const headers = {
      'cache-control': A_YEAR,
      // Pages of other sites show them too.
      'cross-origin-resource-policy': 'cross-origin',
    };
    return sendFile(c, file, headers, deps);
  });
}
