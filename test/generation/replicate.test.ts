import { describe, expect, it } from 'vitest';
import { FAKE_REPLICATE_TOKEN, startFakeReplicate } from '../../src/dev/fake-replicate.js';
import type { Outcome } from '../../src/dev/fake-replicate-predictions.js';
import type { ReplicateFault } from '../../src/dev/fake-replicate-wire.js';
import { failureOf } from '../../src/domain/failures.js';
import { openReplicate, type ReplicateSettings } from '../../src/generation/replicate.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { describeGeneration } from './generation.contract.js';
import { followed, order, pictureOf, SIGNAL } from './orders.js';

const fake = useFakeReplicate();

function provider(changes: Partial<ReplicateSettings> = {}, token = FAKE_REPLICATE_TOKEN) {
  return openReplicate({
    endpoint: { baseUrl: fake.baseUrl, token, timeoutMs: 1_500 },
    model: 'stability-ai/sdxl',
    outputs: { allowPrivate: true },
    find: { settleMs: 0 },
    ...changes,
  });
}

describeGeneration('replicate', () => {
  fake.always({ startMs: 40, runMs: 300 });
  return {
    // A model that takes every format and every size.
    provider: provider({ model: 'black-forest-labs/flux-1.1-pro' }),
    slow: () => {
      const slow = provider();
      return {
        ...slow,
        create: async (ordered, signal) => {
          fake.next({ startMs: 0, runMs: 3_600_000 });
          const made = await slow.create(ordered, signal);
          // An order of a while ago has been with it for as long.
          fake.advance(Date.now() - ordered.orderedAt.getTime());
          return made;
        },
      };
    },
  };
});

async function ended(outcome: Outcome) {
  fake.next({ startMs: 0, runMs: 0, ...outcome });
  const ordered = order();
  const { id } = await provider().create(ordered, SIGNAL);
  return (await followed(provider(), { ...ordered, predictionId: id })).end;
}

describe('a prediction of Replicate', () => {
  it.each(['list', 'text', 'object', 'data'] as const)(
    'gives its picture as %s',
    async (output) => {
      fake.next({ output });
      expect((await pictureOf(provider(), order())).length).toBeGreaterThan(1000);
    },
  );

  it.each<[string, Outcome, string]>([
    [
      'NSFW',
      { ends: 'failed', error: 'NSFW content detected. Try running it again.' },
      'ContentRejected',
    ],
    [
      'E005',
      { ends: 'failed', error: 'The input or output was flagged as sensitive. (E005) (x)' },
      'ContentRejected',
    ],
    [
      'nothing, after its log says NSFW',
      { output: 'empty', logs: 'NSFW content detected in 1 image' },
      'ContentRejected',
    ],
    ['E1001', { ends: 'failed', error: 'Out of memory (E1001)' }, 'ProviderRefused'],
    ['E1000', { ends: 'failed', error: 'Unknown error (E1000)' }, 'PredictionFailed'],
    ['E6716', { ends: 'failed', error: 'Timeout starting prediction (E6716)' }, 'PredictionFailed'],
    [
      'PA',
      { ends: 'failed', error: 'Prediction interrupted; please retry (code: PA)' },
      'PredictionFailed',
    ],
    ['an error that is no text', { ends: 'failed', error: { detail: 'odd' } }, 'PredictionFailed'],
    ['null', { output: 'null' }, 'PredictionFailed'],
    ['an empty list', { output: 'empty' }, 'PredictionFailed'],
  ])('that ends with %s fails as what it is', async (_what, outcome, kind) => {
    const end = await ended(outcome);
    expect(end).toMatchObject({ state: 'failed', outputs: [], failure: { kind } });
    expect(end.failure?.message).not.toBe('');
  });

  it('that is aborted was cancelled', async () => {
    expect(await ended({ ends: 'aborted' })).toMatchObject({ state: 'cancelled' });
    expect(fake.ledger()).toMatchObject([{ status: 'aborted', billed: false }]);
  });

  it('in a state that nobody knows yet is under way', async () => {
    fake.next({ startMs: 0, ends: 'dreaming' });
    const ordered = order();
    const { id } = await provider().create(ordered, SIGNAL);
    const placed = { ...ordered, predictionId: id };
    expect(await provider().get(placed, SIGNAL)).toMatchObject({ state: 'running' });
  });

  it('is cancelled where it is made', async () => {
    fake.next({ startMs: 0, runMs: 3_600_000 });
    const ordered = order();
    const { id } = await provider().create(ordered, SIGNAL);
    const placed = { ...ordered, predictionId: id };
    await provider().cancel(placed, SIGNAL);
    expect(fake.ledger()).toMatchObject([{ id, status: 'canceled' }]);
    await provider().cancel({ ...placed, predictionId: 'nobody' }, SIGNAL);
  });

  it('ends by itself after the time-out of its generation', async () => {
    fake.next({ startMs: 0, runMs: 3_600_000 });
    await provider().create(order({}, { cancelAfterSeconds: 301.5 }), SIGNAL);
    await provider().create(order({}, { cancelAfterSeconds: 1 }), SIGNAL);
    expect(fake.calls.map(({ cancelAfter }) => cancelAfter)).toEqual(['302s', '5s']);
    fake.advance(302_000);
    expect(fake.ledger()[0]).toMatchObject({ status: 'canceled' });
  });

  it('is gone after an hour, and so is its file', async () => {
    fake.next({ startMs: 0, runMs: 0 });
    const ordered = order();
    const { id } = await provider().create(ordered, SIGNAL);
    const placed = { ...ordered, predictionId: id };
    const { end } = await followed(provider(), placed);
    fake.advance(3_600_001);
    const reading = provider().read(placed, end.outputs[0] ?? '', {
      signal: SIGNAL,
      maxBytes: 1e7,
    });
    await expect(reading).rejects.toMatchObject({ kind: 'ResultExpired' });
    expect(await provider().get(placed, SIGNAL)).toMatchObject({
      state: 'failed',
      failure: { kind: 'ResultExpired' },
    });
    const unknown = provider().get({ ...placed, predictionId: 'nobody' }, SIGNAL);
    await expect(unknown).rejects.toMatchObject({ kind: 'ResultExpired' });
  });
});

const detail = (words: string) => ({ title: 'No', detail: words });

/** Every way to be refused, and what it means when a prediction was to be made, and otherwise. */
const REFUSALS: [what: string, fault: ReplicateFault, onCreate: string, otherwise: string][] = [
  ['400', { status: 400, body: detail('bad') }, 'ProviderRefused', 'ProviderRefused'],
  ['401', { status: 401, body: detail('who') }, 'ProviderUnauthorized', 'ProviderUnauthorized'],
  [
    '402',
    { status: 402, body: detail('Insufficient credit') },
    'ProviderBilling',
    'ProviderBilling',
  ],
  [
    'a spend limit',
    { status: 403, body: detail('monthly spend limit reached') },
    'ProviderBilling',
    'ProviderBilling',
  ],
  ['404', { status: 404, body: detail('no') }, 'ProviderModelMissing', 'ResultExpired'],
  ['422', { status: 422, body: detail('- input.width: no') }, 'ProviderRefused', 'ProviderRefused'],
  [
    '422 of a version',
    { status: 422, body: detail('The specified version does not exist') },
    ...(['ProviderModelMissing', 'ProviderModelMissing'] as const),
  ],
  ['429', { status: 429 }, 'ProviderRateLimited', 'ProviderRateLimited'],
  ['500', { status: 500 }, 'PredictionUncertain', 'ProviderUnavailable'],
  [
    '502 with a page',
    { status: 502, body: '<h1>Bad gateway</h1>' },
    'PredictionUncertain',
    'ProviderUnavailable',
  ],
  [
    'a page with 200',
    { status: 200, body: '<h1>Hello</h1>' },
    'PredictionUncertain',
    'ProviderAnswerInvalid',
  ],
  [
    'no prediction',
    { status: 200, body: { hello: 1 } },
    'PredictionUncertain',
    'ProviderAnswerInvalid',
  ],
  ['silence', { hang: true }, 'PredictionUncertain', 'ProviderUnavailable'],
  ['a reset', { reset: true }, 'PredictionUncertain', 'ProviderUnavailable'],
];

/** Whole, shortened and in other letters, as models say what they do not like. */
const ECHO = {
  order: order({
    prompt: 'A nightingale over\nthe harbour, "of thieves"',
    negativePrompt: 'blurred',
  }),
  text: `flagged: A nightingale over\nthe harbour, "of thieves"; a NIGHTINGALE over the…, not Blurred, https://a.example/b?sig=1`,
};

describe('Replicate refuses with', () => {
  it.each(REFUSALS)('%s', async (_what, fault, onCreate, otherwise) => {
    fake.fail(fault);
    await expect(provider().create(order(), SIGNAL)).rejects.toMatchObject({ kind: onCreate });
    expect(fake.calls).toHaveLength(1);
    fake.fail(fault);
    const placed = { ...order(), predictionId: 'abc' };
    await expect(provider().get(placed, SIGNAL)).rejects.toMatchObject({ kind: otherwise });
    expect(fake.calls).toHaveLength(2);
  });

  it.each([
    [{ headers: { 'retry-after': '7' } }, 7_000],
    [{ body: { detail: 'Request was throttled. Your rate limit resets in ~30s.' } }, 30_000],
  ])('429 and a time: %j', async (more, retryAfterMs) => {
    fake.fail({ status: 429, ...more });
    const refused = provider().create(order(), SIGNAL);
    await expect(refused).rejects.toMatchObject({ kind: 'ProviderRateLimited', retryAfterMs });
  });

  it('nobody at its address, which is no lost answer', async () => {
    const gone = await startFakeReplicate();
    await gone[Symbol.asyncDispose]();
    const endpoint = { baseUrl: gone.baseUrl, token: 'r8_x' };
    const asked = provider({ endpoint }).create(order(), SIGNAL);
    await expect(asked).rejects.toMatchObject({ kind: 'ProviderUnavailable' });
    const nowhere = { baseUrl: 'http://nowhere.invalid/v1', token: 'r8_x' };
    const lost = provider({ endpoint: nowhere }).create(order(), SIGNAL);
    await expect(lost).rejects.toMatchObject({ kind: 'ProviderUnavailable' });
  });

  it('a model that is not there', async () => {
    for (const model of ['nobody/knows', 'no name', 'a/b:123']) {
      const asked = provider({ model }).create(order(), SIGNAL);
      await expect(asked).rejects.toMatchObject({ kind: 'ProviderModelMissing' });
    }
  });

  it('words that hold no token', async () => {
    const token = 'r8_secretOfSomebody42';
    const said = `Invalid token ${token}, also r8_anotherOne99`;
    fake.fail({ status: 401, body: detail(said) });
    const refused: unknown = await provider({}, token)
      .create(order(), SIGNAL)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'ProviderUnauthorized' });
    expect(String((refused as Error).message)).not.toMatch(/secretOf|anotherOne/);
    fake.fail({
      on: 'create',
      status: 201,
      body: { id: 'a', status: 'failed', error: `x ${token}` },
    });
    const made = await provider({}, token).create(order(), SIGNAL);
    expect(JSON.stringify(made)).not.toContain('secretOf');
  });

  it.each<[string, ReplicateFault & { on: 'create' }]>([
    [
      'an error',
      { on: 'create', status: 201, body: { id: 'a', status: 'failed', error: ECHO.text } },
    ],
    [
      'an error that is no text',
      { on: 'create', status: 201, body: { id: 'a', status: 'failed', error: { is: ECHO.text } } },
    ],
    [
      'fields',
      {
        ...{ on: 'create', status: 422 },
        body: { title: 'Input validation failed', invalid_fields: [{ is: ECHO.text }] },
      },
    ],
    ['a detail', { on: 'create', status: 400, body: { detail: ECHO.text } }],
    ['a page', { on: 'create', status: 400, body: `<p>${ECHO.text}</p>` }],
  ])('words that hold no prompt of ours: %s', async (_what, fault) => {
    fake.fail(fault);
    const said = await provider()
      .create(ECHO.order, SIGNAL)
      .then(({ failure }) => failure?.message)
      .catch((error: Error) => error.message);
    expect(said).toMatch(/flagged: .*\*\*\*/);
    expect(said).not.toMatch(/nightingale|harbour|thieves|blurred|sig=/i);
  });

  it('kinds that say whether to try again', () => {
    const again = ['PredictionUncertain', 'ProviderUnavailable', 'ProviderRateLimited'] as const;
    for (const kind of again) expect(failureOf(kind).retry).toBe(true);
    const never = [
      'ProviderBilling',
      'ProviderRefused',
      'ContentRejected',
      'ResultExpired',
    ] as const;
    for (const kind of never) expect(failureOf(kind).retry).toBe(false);
  });
});
