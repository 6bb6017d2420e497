import { describe, expect, it } from 'vitest';
import { checkedSecret, newSecret, signedHeaders } from '../../src/notify/sign.js';
import { refusalOf } from './refusal.js';

describe('signatures', () => {
  it('are those of the example of the specification', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
    const body = '{"test": 2432232314}';
    expect(signedHeaders({ id, timestamp: 1614265330, body }, secret)).toEqual({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('are made with secrets of 32 random bytes', () => {
    const secret = newSecret();
    expect(checkedSecret(secret)).toBe(secret);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    expect(newSecret()).not.toBe(secret);
  });

  it.each([
    '',
    'whsec_',
    'whsec_dG9vIHNob3J0',
    `secret_${'A'.repeat(44)}`,
    `whsec_${'*'.repeat(44)}`,
  ])('refuse the secret "%s" without repeating it', (secret) => {
    const refused = refusalOf(() => checkedSecret(secret));
    expect(refused).toMatchObject({ kind: 'InvalidInput' });
    expect((refused as Error).message).toMatch(
      /^A secret must be whsec_ and 24 to 64 bytes [^"]+$/,
    );
  });
});
