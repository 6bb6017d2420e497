import { createHmac, randomUUID } from 'node:crypto';
import type { Outcome } from './fake-replicate-predictions.js';

/** As long as the network of Replicate gives a listener. */
const TIMEOUT_MS = 5_000;
const LATE_MS = 1_500;
const TRIES = 5;

/** Signed as Standard Webhooks says, by our own reading of it: a mistake of ours would show. */
function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** When a webhook goes out that tells of an end, how often, and what is wrong with it. */
export async function deliver(
  url: string,
  body: object,
  { secret, how }: { secret: string; how: NonNullable<Outcome['webhook']> },
): Promise<void> {
  if (how === 'never') return;
  if (how === 'late') await pause(LATE_MS);
  const id = `msg_${randomUUID()}`;
  const ageSeconds = how === 'stale' ? 3600 : 0;
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  const text = JSON.stringify(body);
  const key = how === 'forged' ? `whsec_${'A'.repeat(43)}=` : secret;
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature(key, `${id}.${timestamp}.${text}`),
  };
  await send(url, headers, text);
  if (how === 'twice') await send(url, headers, text);
}

/** Again for who answers that they cannot now; given up then, as Replicate does. */
async function send(url: string, headers: Record<string, string>, body: string): Promise<void> {
  for (let tried = 0; tried < TRIES; tried++) {
    const answer = await fetch(url, {
      ...{ method: 'POST', headers, body, redirect: 'manual' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (answer !== undefined && answer.status !== 429 && answer.status < 500) return;
    await pause(100 * 2 ** tried);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
