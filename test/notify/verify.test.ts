import { describe, expect, it } from 'vitest';
import { newSecret, signedHeaders } from '../../src/notify/sign.js';
import { verdictOn, type ReceivedWebhook } from '../../src/notify/verify.js';

const SECRET = newSecret();
const NOW = 1_800_000_000_000;

function received(ageSeconds = 0, secret = SECRET): ReceivedWebhook {
  const signed = { id: 'msg_1', timestamp: NOW / 1000 - ageSeconds, body: '{"id":"abc"}' };
  const headers = signedHeaders(signed, secret);
  return {
    id: signed.id,
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
    body: signed.body,
  };
}
const verdict = (changes: Partial<ReceivedWebhook> = {}, of = received()) =>
  verdictOn({ ...of, ...changes }, SECRET, NOW);

describe('a webhook of others', () => {
  it('is genuine when who knows the secret signed it a moment ago', () => {
    expect(verdict()).toBe('genuine');
    expect(verdict({}, received(299))).toBe('genuine');
    expect(verdict({}, received(-299))).toBe('genuine');
  });

  it('is that of the example of the specification', () => {
    const example = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      body: '{"test": 2432232314}',
    };
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(verdictOn(example, secret, 1614265330_000)).toBe('genuine');
  });

  it.each([301, -301, 3600])('is stale when it is %i seconds old', (age) => {
    expect(verdict({}, received(age))).toBe('stale');
  });

  it('is genuine by one of several signatures', () => {
    const { signature: other } = received(0, newSecret());
    const { signature: own } = received();
    expect(verdict({ signature: `${other} v1a,abc ${own}` })).toBe('genuine');
    expect(verdict({ signature: `${other} ${other}` })).toBe('forged');
  });

  it.each([
    { id: 'msg_2' },
    { id: undefined },
    { id: '' },
    { body: '{"id":"abd"}' },
    { timestamp: String(NOW / 1000 - 1) },
    { timestamp: undefined },
    { timestamp: 'now' },
    { timestamp: '-5' },
    { signature: undefined },
    { signature: '' },
    { signature: 'v1,' },
    { signature: 'v1' },
    { signature: received().signature?.replace('v1,', 'v2,') },
    { signature: received().signature?.slice(3) },
  ])('is forged with %j', (changes) => {
    expect(verdict(changes)).toBe('forged');
  });
});
