import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { guardedLookup, type Network } from './network.js';
import { silentFor, sourceError } from './source-errors.js';

/** The first of several addresses has this long to accept the connection; Node's 250 ms is too hasty. */
const NEXT_ADDRESS_MS = 2_000;

export interface OutgoingRequest {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  allowPrivate: boolean;
  network: Network;
  /** From the start to the end of the answer's headers. */
  idleTimeoutMs: number;
  signal: AbortSignal;
}

/**
 * One request over a connection of its own, to an address that was checked; no redirect is followed.
 * @param url one that `checkedUrl` has seen
 * @throws DarkroomError `AddressNotAllowed`, `SourceUnavailable`; `StorageUnavailable` when this machine has
 *   nothing left for a connection; the signal's reason
 */
export function sendRequest(url: URL, options: OutgoingRequest): Promise<IncomingMessage> {
  const { method, headers, body, idleTimeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const { request, agent } = clientFor(url, options);
    const sent = request(url, { method, headers, agent });
    const silence = setTimeout(() => sent.destroy(silentFor(idleTimeoutMs, url)), idleTimeoutMs);
    const abort = () => sent.destroy(signal.reason as Error);
    const settled = () => {
      clearTimeout(silence);
      signal.removeEventListener('abort', abort);
    };
    sent.on('response', (response) => {
      settled();
      resolve(response);
    });
    sent.on('error', (error) => {
      settled();
      reject(signal.aborted ? (signal.reason as Error) : sourceError(error, url));
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    sent.end(body);
  });
}

/** An agent of its own: no shared connection, no proxy of the environment, no address but the checked. */
function clientFor(url: URL, { network, allowPrivate }: OutgoingRequest) {
  const connect = {
    lookup: guardedLookup(network, allowPrivate),
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
  };
  return url.protocol === 'https:'
    ? { request: https.request, agent: new https.Agent({ ...connect, ca: network.ca }) }
    : { request: http.request, agent: new http.Agent(connect) };
}
