import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Claim, Claimed, IdempotencyCatalog } from '../catalog/idempotency.js';
import { DarkroomError } from '../domain/failures.js';
import type { HttpEnv } from './http-deps.js';

/**
 * A POST that carries an Idempotency-Key and was answered well is answered the same again for 24
 * hours, without being done again. What was refused was not done, so it may be tried again.
 */
export function idempotent(catalog: IdempotencyCatalog) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const claim = claimOf(c, await c.req.text());
    if (claim === undefined) return next();
    const first = await catalog.claim(claim);
    if (first !== undefined) {
      const { status, body } = repeatedAnswer(claim, first);
      c.header('idempotency-replayed', 'true');
      return c.json(body as object, status as ContentfulStatusCode);
    }
    await next();
    if (c.res.ok) {
      const body: unknown = await c.res.clone().json();
      await catalog.answer(claim, { status: c.res.status, body });
    } else await catalog.release(claim);
    return undefined;
  });
}

/** @param asks what the request asks for, besides its address */
export function claimOf(c: Context<HttpEnv>, asks: string): Claim | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined || c.req.method !== 'POST') return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new DarkroomError('InvalidInput', 'An Idempotency-Key has 1 to 255 visible characters.');
  }
  const { pathname, search } = new URL(c.req.url);
  const request = JSON.stringify([c.req.method, pathname, search, asks]);
  const requestSha256 = createHash('sha256').update(request).digest('hex');
  return { tokenId: c.get('caller').tokenId, key, requestSha256 };
}

/** What the first request was answered. @throws DarkroomError `RepetitionDiffers`, `StillAnswering` */
export function repeatedAnswer({ requestSha256 }: Claim, first: Claimed) {
  if (first.answer === undefined) throw new DarkroomError('StillAnswering');
  if (first.requestSha256 !== requestSha256) throw new DarkroomError('RepetitionDiffers');
  return first.answer;
}
