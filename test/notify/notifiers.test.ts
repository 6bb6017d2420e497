import { describe, expect, it } from 'vitest';
import { openEventLog } from '../../src/notify/log.js';
import { checkedEndpointUrl, openNotifier } from '../../src/notify/open-notifier.js';
import { openWebhooks } from '../../src/notify/webhook.js';
import { openSite } from '../net/site.js';
import { isSignedWith, openReceiver, type Refusal } from '../support/receiver.js';
import { refusalOf } from './refusal.js';
import { describeNotifier, forSecret, outgoing } from './notifier.contract.js';

const { signal } = new AbortController();

describeNotifier('webhooks', async () => {
  const receiver = await openReceiver();
  return {
    notifier: openWebhooks({ allowPrivate: true }),
    recipient: forSecret(receiver.url),
    arrived: () => receiver.received.map(({ id, event }) => ({ id, event })),
  };
});

describeNotifier('the log', async () => {
  const lines: string[] = [];
  return {
    notifier: openEventLog({ info: (line) => lines.push(line) }),
    recipient: forSecret('log:'),
    arrived: () =>
      lines.map((line) => {
        const { id, ...event } = JSON.parse(line.replace('event ', '')) as { id: string };
        return { id, event };
      }),
  };
});

describe('the log', () => {
  it('tells of a generation without its prompt', async () => {
    const lines: string[] = [];
    const data = { generationId: 'one', prompt: 'a nightingale', status: 'completed' };
    const event = outgoing({ type: 'generation.completed', data });
    const log = openEventLog({ info: (line) => lines.push(line) });
    await log.send(event, forSecret('log:'), { signal });
    expect(lines).toEqual([expect.stringContaining('"data":{"generationId":"one","status"')]);
    expect(lines.join()).not.toContain('nightingale');
  });
});

describe('webhooks', () => {
  async function answering(answer: Refusal) {
    const receiver = await openReceiver(() => answer);
    const recipient = forSecret(receiver.url);
    const send = () => openWebhooks({ allowPrivate: true }).send(outgoing(), recipient, { signal });
    return { receiver, recipient, send };
  }

  it('are signed JSON', async () => {
    const { receiver, recipient, send } = await answering(204);
    await send();
    const [arrived] = receiver.received;
    if (arrived === undefined) throw new Error('nothing arrived');
    expect(arrived.contentType).toBe('application/json');
    expect(isSignedWith(recipient.secret, arrived)).toBe(true);
    expect(isSignedWith(recipient.secret, { ...arrived, body: `${arrived.body} ` })).toBe(false);
    expect(Object.keys(arrived.event)).toEqual(['type', 'timestamp', 'data']);
  });

  it('are not carried on to where a redirect leads', async () => {
    const { receiver: elsewhere } = await answering(204);
    const { send } = await answering((response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    );
    await expect(send()).resolves.toEqual({ status: 307 });
    expect(elsewhere.received).toEqual([]);
  });

  it.each([
    ['7', { retryAfterMs: 7_000 }],
    ['99999999', { retryAfterMs: 24 * 3_600_000 }],
    ['soon', {}],
    ['Thu, 01 Jan 2015 00:00:00 GMT', {}],
  ])('say how long the endpoint wants to be left alone (%s)', async (retryAfter, wish) => {
    const { send } = await answering((response) =>
      response.writeHead(429, { 'retry-after': retryAfter }).end(),
    );
    await expect(send()).resolves.toEqual({ status: 429, ...wish });
  });

  it('give up on an endpoint that does not answer in time, and hang up', async () => {
    const site = await openSite(() => undefined);
    const impatient = openWebhooks({ allowPrivate: true, timeoutMs: 50 });
    const sending = impatient.send(outgoing(), forSecret(site.url('/')), { signal });
    await expect(sending).rejects.toMatchObject({ kind: 'SourceUnavailable' });
  });

  it('go to no private address', async () => {
    const { receiver } = await answering(204);
    const careful = openNotifier({ log: { info: () => undefined } });
    const secure = receiver.url.replace('http:', 'https:');
    for (const url of [receiver.url, secure, 'https://127.0.0.1/hook', 'https://[::1]/']) {
      const sending = careful.send(outgoing(), forSecret(url), { signal });
      await expect(sending).rejects.toMatchObject({ kind: 'AddressNotAllowed' });
    }
    expect(receiver.received).toEqual([]);
  });
});

describe('the address of an endpoint', () => {
  it('is of https:, or the log', () => {
    expect(checkedEndpointUrl('https://example.com/a?b=c', {})).toBe('https://example.com/a?b=c');
    expect(checkedEndpointUrl('log:', {})).toBe('log:');
    const local = 'http://127.0.0.1:3000/';
    expect(checkedEndpointUrl(local, { allowPrivate: true })).toBe(local);
  });

  it.each([
    ['nonsense', 'InvalidInput'],
    ['https://example.com/#part', 'InvalidInput'],
    [`https://example.com/${'x'.repeat(2_000)}`, 'InvalidInput'],
    ['http://example.com/', 'AddressNotAllowed'],
    ['https://me:secret@example.com/', 'AddressNotAllowed'],
    ['https://127.0.0.1/', 'AddressNotAllowed'],
    ['https://169.254.169.254/', 'AddressNotAllowed'],
    ['file:///etc/passwd', 'AddressNotAllowed'],
  ])('is not %s', (url, kind) => {
    expect(refusalOf(() => checkedEndpointUrl(url, {}))).toMatchObject({ kind });
  });
});
