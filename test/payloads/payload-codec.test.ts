import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { payloadKeys } from '../../src/config/payload-keys.js';
import { openPayloadCodec } from '../../src/payloads/payload-codec.js';

const key = (id: string) => ({ id, key: randomBytes(32) });
const [old, current] = [key('2025'), key('2026')];
const secret = () => [defaultPayloadConverter.toPayload({ prompt: 'a hidden harbour' })];
const shown = (payload: unknown) => defaultPayloadConverter.fromPayload(payload as never);

describe('payloads with keys', () => {
  it('are encrypted by the first key and say by which, and nothing of what is in them', async () => {
    const codec = openPayloadCodec([current, old]);
    const [hidden] = await codec.encode(secret());
    const metadata = Object.entries(hidden?.metadata ?? {});
    expect(metadata.map(([name, value]) => [name, Buffer.from(value).toString()])).toEqual([
      ['encoding', 'binary/encrypted'],
      ['encryption-cipher', 'AES-256-GCM'],
      ['encryption-key-id', '2026'],
    ]);
    expect(Buffer.from(hidden?.data ?? []).toString('latin1')).not.toMatch(/prompt|harbour|json/);
    const [read] = await codec.decode([hidden ?? {}]);
    expect(shown(read)).toEqual({ prompt: 'a hidden harbour' });
  });

  it('never look alike, however often the same is encrypted', async () => {
    const codec = openPayloadCodec([current]);
    const [one, other] = [await codec.encode(secret()), await codec.encode(secret())];
    expect(one[0]?.data).not.toEqual(other[0]?.data);
  });

  it('of an older key are read for as long as it is there', async () => {
    const hidden = await openPayloadCodec([old]).encode(secret());
    const [read] = await openPayloadCodec([current, old]).decode(hidden);
    expect(shown(read)).toEqual({ prompt: 'a hidden harbour' });
  });

  it('of before are read as they are', async () => {
    const [read] = await openPayloadCodec([current]).decode(secret());
    expect(shown(read)).toEqual({ prompt: 'a hidden harbour' });
  });

  it.each([
    ['no key', []],
    ['other keys', [old]],
  ])('name the missing key and the variable where there are %s', async (_what, keys) => {
    const hidden = await openPayloadCodec([current]).encode(secret());
    await expect(openPayloadCodec(keys).decode(hidden)).rejects.toThrow(
      'This is encrypted with the key "2026", which TEMPORAL_PAYLOAD_KEYS does not have here.',
    );
  });

  it('are refused when the key of the name is another, or a byte was changed', async () => {
    const hidden = await openPayloadCodec([current]).encode(secret());
    await expect(openPayloadCodec([key('2026')]).decode(hidden)).rejects.toThrow('does not fit');
    const data = Buffer.from(hidden[0]?.data ?? []);
    data[20] = (data[20] ?? 0) ^ 1;
    const changed = [{ ...hidden[0], data }];
    await expect(openPayloadCodec([current]).decode(changed)).rejects.toThrow('does not fit');
    const cut = [{ ...hidden[0], data: data.subarray(0, 5) }];
    await expect(openPayloadCodec([current]).decode(cut)).rejects.toThrow('does not fit');
  });

  it('without keys stay as they are', async () => {
    const payloads = secret();
    expect(await openPayloadCodec([]).encode(payloads)).toEqual(payloads);
  });
});

describe('TEMPORAL_PAYLOAD_KEYS', () => {
  const base64 = randomBytes(32).toString('base64');

  it('has names and keys, the one that encrypts first', () => {
    const keys = payloadKeys(`new:${base64}, old:${randomBytes(32).toString('base64')}`);
    expect(keys.map(({ id, key: { byteLength } }) => [id, byteLength])).toEqual([
      ['new', 32],
      ['old', 32],
    ]);
  });

  it.each([
    ['no name', base64],
    ['a short key', `a:${randomBytes(16).toString('base64')}`],
    ['no base64', 'a:not a key'],
    ['an empty one', `a:${base64},`],
    ['two of one name', `a:${base64},a:${randomBytes(32).toString('base64')}`],
  ])('is refused with %s, without saying any of it', (_what, value) => {
    expect(() => payloadKeys(value)).toThrow(/^must /);
    expect(() => payloadKeys(value)).not.toThrow(base64);
  });
});
