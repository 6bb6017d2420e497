import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { DarkroomError } from '../domain/failures.js';
import { boundedBody, type BodyLimits } from './bounded-body.js';
import { checkedUrl, nameOf } from './checked-url.js';
import { openDeadline, type Deadline } from './deadline.js';
import { INTERNET, type Network } from './network.js';
import { sendRequest } from './send-request.js';

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface GuardedRequest extends BodyLimits {
  signal?: AbortSignal;
  /** For all of it, redirects and body included. */
  timeoutMs: number;
  accept?: string;
  /** `GET` by default; redirects of other methods are not followed. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Not sent to another origin that a redirect leads to. */
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Also http:, other ports and the addresses of this machine and its network. */
  allowPrivate?: boolean;
  network?: Network;
}

export interface GuardedResponse {
  /** Destroying it closes the connection. Not decompressed. */
  stream: Readable;
  status: number;
  headers: IncomingMessage['headers'];
  /** Where the answer came from at last. */
  url: URL;
}

/**
 * Asks an outside site and gives its answer, whatever its status. Every address on the way is
 * checked: the form of the URL, and what its host resolves to when the connection is made.
 * @throws DarkroomError `InvalidInput`, `AddressNotAllowed`, `SourceUnavailable`, `OriginalUnreadable`
 *   after too many redirects; the signal's reason. The stream fails with the same and `FileTooLarge`.
 */
export async function requestGuarded(
  address: string,
  options: GuardedRequest,
): Promise<GuardedResponse> {
  const { signal, timeoutMs } = options;
  const url = check(address, options);
  const late = () => {
    const words = `${nameOf(url)} took longer than ${timeoutMs} ms`;
    return new DarkroomError('SourceUnavailable', words);
  };
  const deadline = openDeadline(timeoutMs, late, signal);
  try {
    return await follow(url, options, deadline);
  } catch (error) {
    deadline[Symbol.dispose]();
    throw error;
  }
}

async function follow(
  start: URL,
  options: GuardedRequest,
  deadline: Deadline,
): Promise<GuardedResponse> {
  const { method = 'GET', body, allowPrivate = false, network = INTERNET, idleTimeoutMs } = options;
  const { signal } = deadline;
  let url = start;
  let own = options.headers ?? {};
  for (let redirects = 0; ; redirects++) {
    const headers = { ...own, ...ourHeaders(options) };
    const sent = { method, headers, allowPrivate, network, idleTimeoutMs, signal };
    const response = await sendRequest(url, body === undefined ? sent : { ...sent, body });
    const next = redirectOf(response, url, options);
    if (next === undefined) {
      const stream = boundedBody(response, url, options, deadline);
      return { stream, status: response.statusCode ?? 0, headers: response.headers, url };
    }
    response.destroy();
    if (redirects === MAX_REDIRECTS) {
      const words = `${nameOf(start)} redirects more than ${MAX_REDIRECTS} times`;
      throw new DarkroomError('OriginalUnreadable', words);
    }
    if (next.origin !== url.origin) own = {};
    url = next;
  }
}

/** Compressed answers could be larger than they say. */
function ourHeaders({ accept = '*/*' }: GuardedRequest): Record<string, string> {
  return { accept, 'accept-encoding': 'identity', 'user-agent': 'darkroom' };
}

/** Where the answer leads, checked like the first address; `undefined` when it is the answer. */
function redirectOf(response: IncomingMessage, from: URL, options: GuardedRequest) {
  const { method = 'GET' } = options;
  const follows = method === 'GET' || method === 'HEAD';
  const { location: header } = response.headers;
  if (!follows || header === undefined || !REDIRECTS.has(response.statusCode ?? 0)) return;
  // Node reads headers as Latin-1, sites write addresses in UTF-8.
  const location = Buffer.from(header, 'latin1').toString();
  const base = from.href;
  try {
    const next = check(URL.canParse(location, base) ? new URL(location, base).href : '', options);
    if (next.protocol === from.protocol || next.protocol === 'https:') return next;
    throw new DarkroomError('AddressNotAllowed', 'only https: addresses are fetched, not http:');
  } catch (error) {
    response.destroy();
    if (!(error instanceof DarkroomError)) throw error;
    const words = `${nameOf(from)} redirects to a refused address: ${error.message}`;
    throw new DarkroomError('AddressNotAllowed', words, { cause: error });
  }
}

function check(address: string, { allowPrivate = false, network = INTERNET }: GuardedRequest): URL {
  return checkedUrl(address, { ...network, allowPrivate });
}
