import { randomBytes } from 'node:crypto';
import fc, { type Arbitrary } from 'fast-check';
import { inspectRoutes } from 'hono/dev';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type Ask, type TestHttp } from '../support/http.js';
import { anyText } from '../support/openapi/arbitrary.js';
import { picture } from '../support/pictures.js';

/** Requests of each route; FUZZ_REQUESTS and FUZZ_SEED try more, and others. */
const { FUZZ_REQUESTS = '15', FUZZ_SEED = '1' } = process.env;
const UNKNOWN = '00000000-0000-0000-0000-000000000000';

/** Runs the schedule and waits for it, whatever is sent. */
const LEFT_OUT = ['POST /api/v1/preprocess-tasks/tick'];

/** What forms and bodies of ours have for names. */
const NAMES = [
  ...[
    'scope',
    'force',
    'steps',
    'ids',
    'limit',
    'concurrency',
    'runId',
    'kind',
    'rate',
    'original',
  ],
  ...['prompt', 'width', 'seed', 'priority', 'style', 'sourceImage', 'size', 'owner', 'ownerId'],
  ...['name', 'role', 'token', 'url', 'events', 'secret', 'payloads', 'file', '__proto__'],
];

const IN_PARTS = 'multipart/form-data; boundary=here';

/** A value that may stand in a header at all. */
const headerText = (): Arbitrary<string> =>
  anyText().map((text) => Buffer.from(text.replaceAll(/[\0-\x1f\x7f]/g, '')).toString('latin1'));

const oneOf = (...texts: string[]) => fc.oneof(fc.constantFrom(...texts), headerText());

const HEADERS = fc.record(
  {
    'content-type': oneOf(
      ...['application/json', 'application/json; charset=utf-7', 'image/png', 'text/plain'],
      ...['multipart/form-data', IN_PARTS, 'application/x-www-form-urlencoded', '/', ';;;'],
      'application/problem+json',
    ),
    'idempotency-key': oneOf('', 'one', 'two', 'x'.repeat(300)),
    range: oneOf('bytes=0-', 'bytes=-0', 'bytes=9-1', `bytes=${'9'.repeat(400)}-`, 'bytes=0-0,2-2'),
    'if-none-match': oneOf('*', 'W/""', '"'),
    'if-range': oneOf('"x"', 'Thu, 01 Jan 1970 00:00:00 GMT'),
    'content-length': oneOf('-1', '0', '1e9', '99999999999999999999'),
    accept: headerText(),
    'hx-request': fc.constant('true'),
    'x-forwarded-for': headerText(),
    'x-request-id': headerText(),
    cookie: headerText().map((text) => `darkroom_session=${text}`),
  },
  { requiredKeys: [] },
);

const someName = () => fc.oneof(fc.constantFrom(...NAMES), anyText());

const BODY: Arbitrary<string | Uint8Array | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('{', '[[', '{"scope":"all"', 'null', '"', '\ufeff{}', '{"a":1}{"b":2}'),
  fc.constantFrom('['.repeat(50_000), `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
  fc.dictionary(someName(), fc.jsonValue({ maxDepth: 3 })).map((value) => JSON.stringify(value)),
  fc.array(fc.tuple(someName(), anyText()), { maxLength: 5 }).map(encoded),
  fc
    .array(fc.tuple(someName(), anyText()), { maxLength: 3 })
    .map((parts) =>
      parts.map(([name, text]) => `--here\r\n${disposition(name)}\r\n\r\n${text}\r\n`),
    )
    .chain((parts) => fc.constantFrom(`${parts.join('')}--here--\r\n`, parts.join(''))),
  fc.uint8Array({ maxLength: 200 }),
);

function disposition(name: string): string {
  return `Content-Disposition: form-data; name="${name}"; filename="${name}"`;
}

describe('every route that there is, asked in any form', () => {
  let http: TestHttp;
  const images: string[] = [];
  beforeAll(async () => {
    http = await startHttp({
      settings: { requestsPerMinute: 1_000_000, replicateWebhookSecret: 'whsec_c2VjcmV0' },
      env: { TEMPORAL_PAYLOAD_KEYS: `today:${randomBytes(32).toString('base64')}` },
    });
    for (let seed = 1; seed <= 8; seed += 1) {
      const bytes = await picture({ widthPx: 40, heightPx: 30, format: 'png', seed });
      const { body } = await http.ask('/api/v1/images?fileName=a.png', {
        ...{ method: 'POST', as: 'alice', headers: { 'content-type': 'image/png' } },
        body: new Uint8Array(bytes),
      });
      images.push(body.id as string);
    }
  });
  afterAll(() => http[Symbol.asyncDispose]());

  function routes(): { method: string; path: string }[] {
    const served = inspectRoutes(http.app)
      .filter(({ isMiddleware, method }) => !isMiddleware && method !== 'ALL')
      // The pages that are read have no end, or their own tests.
      .filter(({ method, path }) => method !== 'GET' || !path.startsWith('/admin/'))
      .filter(({ method, path }) => !LEFT_OUT.includes(`${method} ${path}`));
    return [...new Map(served.map((route) => [`${route.method} ${route.path}`, route])).values()];
  }

  const sent = () =>
    fc.record({
      as: fc.constantFrom('admin' as const, 'admin' as const, 'alice' as const, 'nobody' as const),
      // An image that is deleted is one more that is not there.
      id: fc.oneof(fc.constantFrom(UNKNOWN, ...images), fc.constantFrom('%00', '%', 'x', '-1')),
      query: fc.array(fc.tuple(someName(), anyText()), { maxLength: 3 }),
      headers: HEADERS,
      body: BODY,
    });

  it('never answers with a failure of its own', { timeout: 600_000 }, async () => {
    expect(routes().length).toBeGreaterThan(60);
    for (const { method, path } of routes()) {
      const check = fc.asyncProperty(sent(), async ({ as, id, query, headers, body }) => {
        const address = path.replaceAll(/:\w+(\{[^}]*\})?|\*/g, id);
        const how: Ask = { method, as, headers: { ...headers, 'sec-fetch-site': 'same-origin' } };
        const hasBody = body !== undefined && method !== 'GET';
        const answer = await http.ask(`${address}?${encoded(query)}`, {
          ...how,
          ...(hasBody && { body }),
        });
        expect(answer.status, answer.text).toBeLessThan(500);
      });
      const outcome = await fc.check(check, {
        ...{ numRuns: Number(FUZZ_REQUESTS), seed: Number(FUZZ_SEED) },
      });
      const { counterexample, errorInstance } = outcome;
      const words = `${method} ${path} ${JSON.stringify(counterexample)?.slice(0, 2000)}`;
      expect.soft(outcome.failed, `${words}\n${String(errorInstance)}`).toBe(false);
    }
    expect(http.reported).toEqual([]);
  });
});

/** Half a surrogate pair cannot be put into an address. */
function encoded(fields: [name: string, text: string][]): string {
  const wellFormed = (text: string) => Buffer.from(text).toString();
  return fields
    .map((pair) => pair.map((text) => encodeURIComponent(wellFormed(text))).join('='))
    .join('&');
}
