import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { StoredFile } from '../client.js';
import { DarkroomError } from '../domain/failures.js';
import type { Part } from '../storage/storage.js';
import { addressOf } from './guards/address-of.js';
import { callerOf } from './guards/roles.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';

/**
 * Answers with a stored file: whole, a range of it, or that the browser has it already.
 * @param headers what the file may be used for, and how long it may be kept
 * @throws DarkroomError `RangeNotSatisfiable`, `TooManyRequests`
 */
export async function sendFile(
  c: Context<HttpEnv>,
  file: StoredFile,
  headers: Record<string, string>,
  { inFlight, settings, report }: Pick<HttpDeps, 'inFlight' | 'settings' | 'report'>,
): Promise<Response> {
  const { sizeBytes } = file;
  const etag = `"${file.version}"`;
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  c.header('etag', etag);
  c.header('accept-ranges', 'bytes');
  // A file of ours is a picture and nothing else, whatever somebody managed to put into it.
  c.header('content-security-policy', "default-src 'none'; sandbox");
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);

  // Ranges are of a GET; any other method asks for the whole file, as RFC 9110 (14.2) has it.
  const part = c.req.method === 'GET' ? partOf(c, sizeBytes, etag) : undefined;
  const length = part === undefined ? sizeBytes : part.last - part.first + 1;
  const isSent = c.req.method !== 'HEAD' && length > 0;
  const who = callerOf(c)?.tokenId ?? `address ${addressOf(c, settings)}`;
  const { signal } = c.req.raw;
  const sending = {
    ...{ open: () => file.open(part), hangUp: hangUpOf(c), signal },
    brokeOff: (error: Error) => report?.(error, c.get('requestId')),
  };
  const body = isSent ? await inFlight.send(who, sending) : null;
  // Only now: an answer that says why there is no file has a length of its own.
  c.header('content-type', file.mediaType);
  c.header('content-length', String(length));
  if (part !== undefined) {
    c.header('content-range', `bytes ${part.first}-${part.last}/${sizeBytes}`);
  }
  const status = part === undefined ? 200 : 206;
  return body === null ? c.body(null, status) : c.body(body, status);
}

/** The connection ends, which says more plainly than anything else that the file is not whole. */
function hangUpOf(c: Context<HttpEnv>): (() => void) | undefined {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  return outgoing && (() => void outgoing.destroy());
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const known = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag);
}

/** Several ranges at once, and what is no range, get the whole file, as the standard lets us. */
function partOf(c: Context, sizeBytes: number, etag: string): Part | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(c.req.header('range') ?? '') ?? [];
  const ifRange = c.req.header('if-range');
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (from !== '' && to !== '' && Number(to) < first) return undefined;
  if (first < sizeBytes && first <= last) return { first, last };
  c.header('content-range', `bytes */${sizeBytes}`);
  throw new DarkroomError('RangeNotSatisfiable');
}
