import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type Answer, type TestHttp } from '../support/http.js';
import { anyText, nearly } from '../support/openapi/arbitrary.js';
import { mismatches, type Document, type Operation } from '../support/openapi/json-schema.js';
import { picture } from '../support/pictures.js';

/** Requests of each route; FUZZ_REQUESTS and FUZZ_SEED try more, and others. */
const { FUZZ_REQUESTS = '40', FUZZ_SEED = '1' } = process.env;
const UNKNOWN = '00000000-0000-0000-0000-000000000000';

/** What guards in front of every route answer, and the database behind it, so that no route lists it. */
const OF_GUARDS = [400, 403, 408, 409, 413, 415, 422];

/** Waits for a worker to come, and says nothing that depends on what is sent. */
const LEFT_OUT = ['POST /api/v1/preprocess-tasks/tick'];

interface Sent {
  as: 'admin' | 'alice';
  ids: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
  bytes: Uint8Array;
}

describe('every route of the document, asked for anything', () => {
  let http: TestHttp;
  let document: Document;
  let image: string;
  const reached = new Map<string, number>();
  beforeAll(async () => {
    http = await startHttp({ workers: false, settings: { requestsPerMinute: 1_000_000 } });
    document = (await http.ask('/openapi.json')).body as unknown as Document;
    const { body } = await http.ask('/api/v1/images?fileName=a.png', {
      ...{ method: 'POST', as: 'alice', headers: { 'content-type': 'image/png' } },
      body: new Uint8Array(await picture({ widthPx: 40, heightPx: 30, format: 'png' })),
    });
    image = body.id as string;
  });
  afterAll(() => http[Symbol.asyncDispose]());

  function requestsOf(method: string, operation: Operation): Arbitrary<Sent> {
    const { parameters = [], requestBody } = operation;
    // A deletion of what is there waits for a worker.
    const known = ['DELETE', 'PUT'].includes(method) ? [UNKNOWN] : [UNKNOWN, image];
    // Nothing, `.` and `..` make it the address of another route.
    const segment = anyText().filter((text) => !['', '.', '..'].includes(text));
    const id = fc.oneof(fc.constantFrom(...known), segment);
    const named = (place: string) => parameters.filter((one) => one.in === place);
    const ids = named('path').map(({ name }) => [name, id] as const);
    const query = named('query').map(
      ({ name, schema }) => [name, nearly(schema, document)] as const,
    );
    const required = named('query').flatMap(({ name, required: must }) => (must ? [name] : []));
    const schema = requestBody?.content['application/json']?.schema;
    return fc.record({
      as: fc.constantFrom('admin', 'alice'),
      ids: fc.record(Object.fromEntries(ids)),
      query: fc.record(Object.fromEntries(query), { requiredKeys: required }),
      body: schema === undefined ? fc.constant(undefined) : nearly(schema, document),
      bytes: fc.uint8Array({ maxLength: 64 }),
    });
  }

  async function send(method: string, path: string, sent: Sent, operation: Operation) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      encodeURIComponent(wellFormed(sent.ids[name] ?? '')),
    );
    const query = Object.entries(sent.query).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, textOf(one)]),
    );
    const address = `${filled}?${new URLSearchParams(query).toString()}`;
    if (sent.body !== undefined) {
      return http.ask(address, { method, as: sent.as, json: sent.body });
    }
    const takesFile = operation.requestBody !== undefined;
    const file = takesFile
      ? { headers: { 'content-type': 'image/png' }, body: new Uint8Array(sent.bytes) }
      : {};
    return http.ask(address, { method, as: sent.as, ...file });
  }

  function judge({ status, headers, body, text }: Answer, { responses }: Operation): void {
    expect(status, text).toBeLessThan(500);
    const documented = responses[status];
    if (documented === undefined && OF_GUARDS.includes(status)) return;
    expect(Object.keys(responses), text).toContain(String(status));
    const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
    const schema = documented?.content?.[type]?.schema;
    if (/json$/.test(type)) expect(schema, `${status} ${type}`).toBeDefined();
    if (schema !== undefined && /json$/.test(type)) {
      expect(mismatches(body, schema, document), text).toEqual([]);
    }
  }

  it(
    'answers as the document says, and never with a failure of its own',
    { timeout: 600_000 },
    async () => {
      for (const [path, operations] of Object.entries(document.paths)) {
        for (const [name, operation] of Object.entries(operations)) {
          const method = name.toUpperCase();
          if (LEFT_OUT.includes(`${method} ${path}`)) continue;
          const check = fc.asyncProperty(requestsOf(method, operation), async (sent) => {
            const answer = await send(method, path, sent, operation);
            judge(answer, operation);
            if (answer.status < 300) reached.set(`${method} ${path}`, answer.status);
          });
          const outcome = await fc.check(check, {
            ...{ numRuns: Number(FUZZ_REQUESTS), seed: Number(FUZZ_SEED) },
          });
          const { counterexample, errorInstance } = outcome;
          const words = `${method} ${path} ${JSON.stringify(counterexample)}\n${String(errorInstance)}`;
          expect.soft(outcome.failed, words).toBe(false);
        }
      }
      expect(http.reported).toEqual([]);
      // Neither is everything refused at the door.
      expect(reached.size).toBeGreaterThan(10);
    },
  );
});

function textOf(value: unknown): string {
  return wellFormed(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/** Half a surrogate pair cannot be put into an address. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
