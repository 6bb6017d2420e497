import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/domain/failures.js';
import { startFakeOpenAi, type FakeAnswer, type Fault } from '../../src/dev/fake-openai.js';
import { openOpenAiMetadata } from '../../src/metadata/openai.js';
import { openProviderApi, type CallGate } from '../../src/net/provider-api.js';
import { FAKE_KEY, useFakeOpenAi } from '../support/fake-openai.js';
import { picture as jpeg } from '../support/pictures.js';
import { describeMetadata, picture } from './metadata.contract.js';

const fake = useFakeOpenAi();
const open: CallGate = { pass: (call) => call() };
let preview: Buffer;
beforeAll(async () => {
  preview = await jpeg({ widthPx: 300, heightPx: 200 });
});

function provider({ key = FAKE_KEY, timeoutMs = 5_000, baseUrl = fake.baseUrl } = {}) {
  const endpoint = { baseUrl, apiKey: key };
  const api = openProviderApi({ endpoint, timeoutMs, gate: open });
  return openOpenAiMetadata({ api, model: 'gpt-4o-mini' });
}

const seen = () => picture({ preview: () => Promise.resolve(preview) });

/** The contract asks for pictures whose preview nobody has; here everybody does. */
describeMetadata('an endpoint that speaks OpenAI', async () => {
  const asked = provider();
  return {
    ...asked,
    describe: (shown, options) =>
      asked.describe({ ...shown, preview: () => Promise.resolve(preview) }, options),
  };
});

const choice =
  (changes: object, message: object = {}) =>
  (answer: FakeAnswer) => {
    const [first] = answer.choices ?? [];
    Object.assign(first ?? {}, changes);
    Object.assign(first?.message ?? {}, message);
  };
const content = (text: unknown) => choice({}, { content: text });
const error = (code: unknown, message = 'no', more = {}) => ({ error: { code, message, ...more } });

/** Every way to fail that research on providers found, and the kind that it is. */
const FAILURES: [what: string, fault: Fault, kind: string][] = [
  ['401', { status: 401, body: error('invalid_api_key') }, 'ProviderUnauthorized'],
  ['403', { status: 403, body: error('x', 'no permission') }, 'ProviderUnauthorized'],
  ['402', { status: 402, body: error(402, 'Insufficient credits') }, 'ProviderBilling'],
  ['429 without quota', { status: 429, body: error('insufficient_quota') }, 'ProviderBilling'],
  ['429', { status: 429, body: error('rate_limit_exceeded') }, 'ProviderRateLimited'],
  ['404', { status: 404, body: error('model_not_found') }, 'ProviderModelMissing'],
  [
    '400 of a strange model',
    { status: 400, body: error(400, 'x is not a valid model ID') },
    'ProviderModelMissing',
  ],
  ['400', { status: 400, body: error(400, 'image too small') }, 'ProviderRefused'],
  ['413', { status: 413, body: 'too large' }, 'ProviderRefused'],
  ['408', { status: 408 }, 'ProviderUnavailable'],
  ['500', { status: 500 }, 'ProviderUnavailable'],
  ['502 with a page', { status: 502, body: '<h1>Bad gateway</h1>' }, 'ProviderUnavailable'],
  ['503', { status: 503, body: error(503) }, 'ProviderUnavailable'],
  [
    'a moderated picture',
    { status: 403, body: error(403, 'x', { metadata: { reasons: ['violence'] } }) },
    'ContentRejected',
  ],
  ['a policy', { status: 400, body: error('content_policy_violation') }, 'ContentRejected'],
  [
    'a content filter',
    choice({ finish_reason: 'content_filter' }, { content: null }),
    'ContentRejected',
  ],
  ['a refusal', choice({}, { content: null, refusal: 'I cannot' }), 'ContentRejected'],
  [
    '200 with a 502 inside',
    { status: 200, body: error(502, 'Provider returned error') },
    'ProviderUnavailable',
  ],
  ['200 with a 429 inside', { status: 200, body: error(429) }, 'ProviderRateLimited'],
  ['200 with a 402 inside', { status: 200, body: error(402) }, 'ProviderBilling'],
  ['an end in the middle', choice({ finish_reason: 'error' }), 'ProviderUnavailable'],
  ['an error in the choice', choice({ error: { code: 503, message: 'x' } }), 'ProviderUnavailable'],
  ['no choices', () => ({ choices: [] }), 'ProviderAnswerInvalid'],
  ['no message', choice({ message: null }), 'ProviderAnswerInvalid'],
  ['no JSON at all', { status: 200, body: 'hello' }, 'ProviderAnswerInvalid'],
  ['words around nothing', content('I see a boat.'), 'ProviderAnswerInvalid'],
  ['JSON that breaks off', content('{"description":"a bo}'), 'ProviderAnswerInvalid'],
  ['another shape', content('{"title":"boat"}'), 'ProviderAnswerInvalid'],
  ['an empty description', content('{"description":" ","tags":["a"]}'), 'ProviderAnswerInvalid'],
  ['a broken connection', 'reset', 'ProviderUnavailable'],
];

describe('a provider that fails', () => {
  it.each(FAILURES)('by %s', async (_what, fault, kind) => {
    fake.fail(fault);
    await expect(provider().describe(seen(), {})).rejects.toMatchObject({ kind });
    expect(fake.calls).toHaveLength(1);
  });

  it('by silence, within its time', async () => {
    fake.fail('hang');
    const asked = provider({ timeoutMs: 100 }).describe(seen(), {});
    await expect(asked).rejects.toMatchObject({
      kind: 'ProviderUnavailable',
      message: 'It did not answer within 0.1 s.',
    });
  });

  it('by not being there', async () => {
    const gone = await startFakeOpenAi();
    await gone[Symbol.asyncDispose]();
    const asked = provider({ baseUrl: gone.baseUrl }).describe(seen(), {});
    const message = 'It cannot be reached (ECONNREFUSED).';
    await expect(asked).rejects.toMatchObject({ kind: 'ProviderUnavailable', message });
  });

  it('hangs up when nobody wants the answer any more', async () => {
    fake.fail('hang');
    const stop = new AbortController();
    const asked = provider().describe(seen(), { signal: stop.signal });
    const ended = expect(asked).rejects.toThrow('stopped');
    await expect.poll(() => fake.calls.length).toBe(1);
    stop.abort(new Error('stopped'));
    await ended;
    await expect.poll(() => fake.calls[0]?.abandoned).toBe(true);
  });

  it.each([
    ['a header in seconds', { 'retry-after': '7' }, 'x', 7_000],
    ['a header in milliseconds', { 'retry-after-ms': '250' }, 'x', 250],
    ['its words', {}, 'Please try again in 2.5s.', 2_500],
  ])('says by %s when to come again', async (_what, headers, message, retryAfterMs) => {
    fake.fail({ status: 429, headers, body: error('x', message) });
    await expect(provider().describe(seen(), {})).rejects.toMatchObject({ retryAfterMs });
  });

  it('says by a date when to come again', async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    fake.fail({ status: 429, headers: { 'retry-after': at } });
    const failed: unknown = await provider()
      .describe(seen(), {})
      .catch((it: unknown) => it);
    const { retryAfterMs } = failed as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('reads the date by the clock of who says it, which may be a day ahead or behind', async () => {
    for (const offMs of [-86_400_000, 86_400_000]) {
      const date = new Date(Date.now() + offMs);
      const at = new Date(date.getTime() + 60_000);
      const headers = { date: date.toUTCString(), 'retry-after': at.toUTCString() };
      fake.fail({ status: 429, headers });
      await expect(provider().describe(seen(), {})).rejects.toMatchObject({ retryAfterMs: 60_000 });
    }
  });

  it('never has the key in what it says', async () => {
    const key = 'sk-or-v1-0123456789abcdef';
    const failed = await provider({ key })
      .describe(seen(), {})
      .catch((it: Error) => it);
    expect(failed).toMatchObject({ kind: 'ProviderUnauthorized' });
    expect(JSON.stringify([failed, (failed as Error).message])).not.toContain('0123456789');
  });

  it('is tried again only when that may help', () => {
    const retried = FAILURES.map(([, , kind]) => kind).filter(
      (kind) => failureOf(kind as 'ProviderBusy').retry,
    );
    expect([...new Set(retried)].sort()).toEqual([
      'ProviderAnswerInvalid',
      'ProviderRateLimited',
      'ProviderUnavailable',
    ]);
  });
});

describe('a description by a model', () => {
  it('is of the preview alone, in the strict form, and has the colours that were measured', async () => {
    const metadata = await provider().describe(seen(), {});
    expect(metadata.dominantColors).toEqual(picture().colors.map(({ hex }) => hex));
    const [{ body } = { body: {} }] = fake.calls;
    expect(body).toMatchObject({
      model: 'gpt-4o-mini',
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    });
    expect(JSON.stringify(body)).not.toContain('Harbor');
  });

  it('is put into the form of the catalog', async () => {
    fake.fail(
      content(
        'Here you are:\n```json\n{"description":" A  boat. ","tags":["Boat","#sea ","boat",""],"category":null,"mood":"Calm","extra":1}\n```',
      ),
    );
    expect(await provider().describe(seen(), {})).toMatchObject({
      description: 'A boat.',
      tags: ['boat', 'sea'],
      category: 'other',
      mood: 'calm',
    });
  });

  it('has more room the second time when the first answer broke off', async () => {
    fake.fail(choice({ finish_reason: 'length' }));
    await provider().describe(seen(), {});
    expect(fake.calls.map(({ body }) => body.max_tokens)).toEqual([600, 4_000]);
    fake.fail(choice({ finish_reason: 'length' }), choice({ finish_reason: 'length' }));
    await expect(provider().describe(seen(), {})).rejects.toMatchObject({
      kind: 'ProviderAnswerInvalid',
      message: expect.stringContaining('broke off') as string,
    });
  });

  it('falls back to what the endpoint understands, and remembers it', async () => {
    const unknown = (what: string) => ({ status: 400, body: error(null, `Unsupported: ${what}`) });
    fake.fail(
      unknown('response_format json_schema'),
      unknown('max_tokens'),
      unknown('temperature'),
    );
    const asked = provider();
    await asked.describe(seen(), {});
    await asked.describe(seen(), {});
    expect(fake.calls).toHaveLength(5);
    const { body = {} } = fake.calls.at(-1) ?? {};
    expect(body).toMatchObject({ response_format: { type: 'json_object' } });
    expect(body).toHaveProperty('max_completion_tokens');
    expect(body).not.toHaveProperty('temperature');
  });
});
