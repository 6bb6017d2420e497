import { createHmac, randomBytes } from 'node:crypto';
import { webhookSecret } from '../config/parsers.js';
import { DarkroomError } from '../domain/failures.js';

const PREFIX = 'whsec_';

/** Of an endpoint of its own. */
export function newSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/** @throws DarkroomError `InvalidInput`, without the secret */
export function checkedSecret(secret: string): string {
  try {
    return webhookSecret(secret);
  } catch (cause) {
    throw new DarkroomError('InvalidInput', `A secret ${(cause as Error).message}.`, { cause });
  }
}

export interface Signed {
  id: string;
  /** Seconds since 1970. */
  timestamp: number;
  body: string;
}

/** The headers by which a recipient sees who sent it, when, and that nobody changed it. */
export function signedHeaders(signed: Signed, secret: string) {
  return {
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestamp),
    'webhook-signature': `v1,${signatureOf(signed, secret).toString('base64')}`,
  };
}

/** HMAC-SHA256 over what Standard Webhooks wants signed. */
export function signatureOf({ id, timestamp, body }: Signed, secret: string): Buffer {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
}
