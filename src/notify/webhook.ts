import type { Network } from '../net/network.js';
import { requestGuarded } from '../net/guarded-request.js';
import type { Answer, Notifier, OutgoingEvent } from './notify.js';
import { signedHeaders } from './sign.js';

/** What the specification advises; who needs longer has to answer first and work afterwards. */
const TIMEOUT_MS = 15_000;
/** Nobody reads what is answered. */
const ANSWER_BYTES = 65_536;
/** Longer than the longest wait between two tries nobody has to be left alone. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

export interface WebhookOptions {
  /** Also http:, other ports and the addresses of this machine and its network. */
  allowPrivate?: boolean;
  network?: Network;
  timeoutMs?: number;
}

/** Standard Webhooks (version 1) by POST: signed, timestamped, and a redirect is an answer like any other. */
export function openWebhooks({
  timeoutMs = TIMEOUT_MS,
  ...outside
}: WebhookOptions = {}): Notifier {
  return {
    async send(event, { url, secret }, { signal }) {
      const { id } = event;
      const body = bodyOf(event);
      const timestamp = Math.floor(Date.now() / 1000);
      const { stream, status, headers } = await requestGuarded(url, {
        ...outside,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signedHeaders({ id, timestamp, body }, secret),
        },
        body,
        maxBytes: ANSWER_BYTES,
        timeoutMs,
        idleTimeoutMs: timeoutMs,
        signal,
      });
      stream.destroy();
      return { status, ...retryAfter(headers['retry-after']) };
    },
  };
}

/** The bytes that are signed: the same at every attempt. */
function bodyOf({ type, at, data }: OutgoingEvent): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}

/** Seconds, or a date. */
function retryAfter(header: string | undefined): Pick<Answer, 'retryAfterMs'> {
  if (header === undefined) return {};
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms > 0 ? { retryAfterMs: Math.min(ms, LONGEST_WAIT_MS) } : {};
}
