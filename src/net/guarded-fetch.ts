import type { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import { nameOf } from './checked-url.js';
import { requestGuarded, type GuardedRequest, type GuardedResponse } from './guarded-request.js';
import { statusError, tooLarge } from './source-errors.js';

export interface GuardedFetch {
  /** Fails when the site falls silent, breaks off or sends too much. Destroying it hangs up. */
  stream: Readable;
  status: number;
  /** What the site says; the bytes may be something else. */
  contentType: string | undefined;
  /** What the site announces; the stream ends with an error when fewer bytes come. */
  sizeBytes?: number;
  /** Where the bytes came from at last. */
  url: string;
}

/**
 * Fetches what an outside site has at a URL; the one way from Darkroom to addresses that others gave.
 * https only, public addresses only, three redirects, limits on size, silence and time.
 * @throws DarkroomError as `requestGuarded`; `OriginalMissing` (404, 410), `OriginalUnreadable` (other
 *   refusals, compressed answers), `SourceUnavailable` (5xx, 429), `FileTooLarge` when it is announced
 */
export async function fetchGuarded(
  address: string,
  options: GuardedRequest,
): Promise<GuardedFetch> {
  const response = await requestGuarded(address, options);
  const problem = problemOf(response, options.maxBytes);
  if (problem !== undefined) {
    response.stream.destroy();
    throw problem;
  }
  const { stream, status, headers, url } = response;
  const sizeBytes = announcedBytes(response);
  return {
    stream,
    status,
    contentType: headers['content-type'],
    ...(sizeBytes !== undefined && { sizeBytes }),
    url: url.href,
  };
}

function problemOf(response: GuardedResponse, maxBytes: number): DarkroomError | undefined {
  const { status, headers, url } = response;
  const refused = statusError(status, url);
  if (refused !== undefined) return refused;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const words = `${nameOf(url)} answers compressed (${encoding}), which was not asked for`;
    return new DarkroomError('OriginalUnreadable', words);
  }
  return (announcedBytes(response) ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined;
}

function announcedBytes({ headers }: GuardedResponse): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
