import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from './sign.js';

/** The headers of a webhook as they came, and its body, byte for byte. */
export interface ReceivedWebhook {
  id: string | undefined;
  /** Seconds since 1970. */
  timestamp: string | undefined;
  /** One signature or several with spaces between, as while a secret is replaced. */
  signature: string | undefined;
  body: string;
}

/** `stale`: who signed it is who they say, but it was sent too long ago, or from the future. */
export type Verdict = 'genuine' | 'forged' | 'stale';

/** How old one may be, and how far ahead its sender's clock. */
const TOLERANCE_SECONDS = 5 * 60;

/** Who a webhook is from, by the rules of Standard Webhooks. */
export function verdictOn(webhook: ReceivedWebhook, secret: string, nowMs: number): Verdict {
  const { id, timestamp = '', signature = '', body } = webhook;
  if (!id || !/^\d{1,12}$/.test(timestamp)) return 'forged';
  const sentAt = Number(timestamp);
  const expected = signatureOf({ id, timestamp: sentAt, body }, secret);
  if (!signature.split(' ').some((one) => isSame(one, expected))) return 'forged';
  return Math.abs(nowMs / 1000 - sentAt) > TOLERANCE_SECONDS ? 'stale' : 'genuine';
}

/** In a time that tells nothing of how much of it was right. */
function isSame(given: string, expected: Buffer): boolean {
  const [version, base64 = ''] = given.split(',');
  const bytes = Buffer.from(base64, 'base64');
  return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
