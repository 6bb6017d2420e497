import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { FAKE_REPLICATE_TOKEN } from '../../src/dev/fake-replicate.js';
import type { Outcome } from '../../src/dev/fake-replicate-predictions.js';
import { readOutput } from '../../src/generation/read-output.js';
import { openReplicate } from '../../src/generation/replicate.js';
import { openSite } from '../net/site.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { followed, order, SIGNAL } from './orders.js';

const fake = useFakeReplicate();

async function read(outcome: Outcome, { allowPrivate = true, maxBytes = 5_000_000 } = {}) {
  const replicate = openReplicate({
    endpoint: { baseUrl: fake.baseUrl, token: FAKE_REPLICATE_TOKEN },
    model: 'stability-ai/sdxl',
    outputs: { allowPrivate },
  });
  fake.next({ startMs: 0, runMs: 0, ...outcome });
  const ordered = order();
  const { id } = await replicate.create(ordered, SIGNAL);
  const placed = { ...ordered, predictionId: id };
  const { end } = await followed(replicate, placed);
  return buffer(await replicate.read(placed, end.outputs[0] ?? '', { signal: SIGNAL, maxBytes }));
}

const site = (output: string, maxBytes = 1_000) =>
  readOutput(output, { signal: SIGNAL, maxBytes }, { allowPrivate: true }).then(buffer);

describe('the picture of a prediction', () => {
  it('is fetched without the token', async () => {
    expect((await read({})).length).toBeGreaterThan(1_000);
    expect(fake.calls.at(-1)).toMatchObject({ route: 'file', status: 200, authorized: false });
  });

  it.each<[NonNullable<Outcome['file']>, string]>([
    ['missing', 'ResultExpired'],
    ['forbidden', 'ResultExpired'],
    ['truncated', 'SourceUnavailable'],
    ['oversized', 'FileTooLarge'],
    ['elsewhere', 'AddressNotAllowed'],
  ])('whose file is %s is not read by halves', async (file, kind) => {
    await expect(read({ file })).rejects.toMatchObject({ kind });
  });

  it('at a private address is not fetched unless that is allowed', async () => {
    const reading = read({}, { allowPrivate: false });
    await expect(reading).rejects.toMatchObject({ kind: 'AddressNotAllowed' });
    expect(fake.calls.some(({ route }) => route === 'file')).toBe(false);
  });

  it.each([
    [410, 'ResultExpired'],
    [429, 'ProviderUnavailable'],
    [503, 'ProviderUnavailable'],
    [400, 'ProviderAnswerInvalid'],
    [204, 'ProviderAnswerInvalid'],
  ])('answered with %i is no picture', async (status, kind) => {
    const answering = await openSite((_request, response) => response.writeHead(status).end());
    await expect(site(answering.url('/a'))).rejects.toMatchObject({ kind });
  });

  it('is no longer than it may be, whatever is announced', async () => {
    const endless = await openSite((_request, response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(5_000));
    });
    await expect(site(endless.url('/a'))).rejects.toMatchObject({ kind: 'FileTooLarge' });
    const packed = await openSite((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    });
    await expect(site(packed.url('/a'))).rejects.toMatchObject({ kind: 'ProviderAnswerInvalid' });
  });

  const encoded = (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`;

  it('may be in its address', async () => {
    const bytes = Buffer.from('not really a picture');
    expect(await site(encoded(bytes))).toEqual(bytes);
    expect(await read({ output: 'data' })).toSatisfy((it: Buffer) => it.length > 1_000);
  });

  it.each([
    [encoded(Buffer.alloc(2_000)), 'FileTooLarge'],
    [encoded(Buffer.alloc(1_001)), 'FileTooLarge'],
    ['data:text/html;base64,aGVsbG8=', 'ProviderAnswerInvalid'],
    ['data:image/png,hello', 'ProviderAnswerInvalid'],
    ['data:image/png;base64,', 'ProviderAnswerInvalid'],
    ['data:image/png;base64,????????????????', 'ProviderAnswerInvalid'],
    ['data:', 'ProviderAnswerInvalid'],
    ['ftp://example.org/a', 'AddressNotAllowed'],
    ['no address', 'InvalidInput'],
  ])('is not %s', async (output, kind) => {
    await expect(site(output)).rejects.toMatchObject({ kind });
  });

  it('is not waited for after its signal', async () => {
    const signal = AbortSignal.abort(new Error('given up'));
    const options = { signal, maxBytes: 1_000 };
    await expect(readOutput('data:', options, { allowPrivate: true })).rejects.toThrow('given up');
  });
});
