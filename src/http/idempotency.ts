import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Claim, Claimed, FirstAnswer, IdempotencyCatalog } from '../catalog/idempotency.js';
import { DarkroomError } from '../domain/failures.js';
import type { HttpEnv } from './http-deps.js';

/**
 * A POST that carries an Idempotency-Key and was answered well is answered the same again for 24
 * hours, without being done again. What has no good answer may be tried again: it was not done, or
 * nobody knows, and then what costs money goes by the ids of `idOnce`.
 */
export function idempotent(catalog: IdempotencyCatalog) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const claim = claimOf(c, await c.req.text());
    if (claim === undefined) return next();
    const claimed = await catalog.claim(claim);
    if (!isToAnswer(claimed)) {
      const { status, body } = repeatedAnswer(claim, claimed);
      c.header('idempotency-replayed', 'true');
      return c.json(body as object, status as ContentfulStatusCode);
    }
    c.set('repeatable', { ...claim, ...claimed });
    await next();
    if (!c.res.ok) return catalog.release(claim, c.res.status < 500);
    const body: unknown = await c.res.clone().json();
    try {
      await catalog.answer(claim, { status: c.res.status, body });
    } catch (error) {
      await catalog.release(claim, false).catch(() => undefined);
      throw error;
    }
    return undefined;
  });
}

export const KEY_HEADER = 'Idempotency-Key';

/** A request with an Idempotency-Key, which is to be answered. */
export type Repeatable = Claim & Claimed;

export function isToAnswer(claimed: Claimed | FirstAnswer): claimed is Claimed {
  return 'since' in claimed;
}

/**
 * A UUID of version 7 that each repetition of the request gets again, for the place in what it asks for.
 * So nothing is made twice when it was made and its answer was lost.
 */
export function idOnce({ tokenId, key, requestSha256, since }: Repeatable, place: number): string {
  const words = JSON.stringify([tokenId, key, requestSha256, place]);
  const bytes = createHash('sha256').update(words).digest().subarray(0, 16);
  bytes.writeUIntBE(since.getTime(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param asks what the request asks for, besides its address */
export function claimOf(c: Context<HttpEnv>, asks: string): Claim | undefined {
  const key = c.req.header(KEY_HEADER);
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
export function repeatedAnswer({ requestSha256 }: Claim, first: FirstAnswer) {
  const isAnother = first.requestSha256 !== requestSha256;
  if (isAnother && first.requestSha256 !== '') throw new DarkroomError('RepetitionDiffers');
  if (first.answer === undefined) throw new DarkroomError('StillAnswering');
  return first.answer;
}
