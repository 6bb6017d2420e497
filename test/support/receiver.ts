import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { openSite } from '../net/site.js';

export interface Received {
  id: string;
  timestamp: string;
  signature: string;
  contentType: string | undefined;
  body: string;
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}

export interface Receiver {
  readonly url: string;
  /** Every request so far, also those that were answered with a refusal. */
  readonly received: Received[];
  /** Those of one type. */
  of(type: string): Received[];
}

export type Refusal = number | ((response: ServerResponse, event: Received) => void);

/** Somebody who listens to events, for the running test; answers 204 unless told otherwise. */
export async function openReceiver(answer: () => Refusal = () => 204): Promise<Receiver> {
  const received: Received[] = [];
  const site = await openSite((request, response) => {
    void text(request).then((body) => {
      const header = (name: string) => String(request.headers[name] ?? '');
      const event: Received = {
        id: header('webhook-id'),
        timestamp: header('webhook-timestamp'),
        signature: header('webhook-signature'),
        contentType: request.headers['content-type'],
        body,
        event: JSON.parse(body) as Received['event'],
      };
      received.push(event);
      const refusal = answer();
      if (typeof refusal === 'function') refusal(response, event);
      else response.writeHead(refusal).end();
    });
  });
  return {
    url: site.url('/hook'),
    received,
    of: (type) => received.filter(({ event }) => event.type === type),
  };
}

/** As a recipient checks it, by the words of the specification. */
export function isSignedWith(
  secret: string,
  { id, timestamp, body, signature }: Received,
): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update([id, timestamp, body].join('.'), 'utf8');
  const ageSeconds = Date.now() / 1000 - Number(timestamp);
  return signature === `v1,${expected.digest('base64')}` && Math.abs(ageSeconds) < 300;
}
