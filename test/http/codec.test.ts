import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.js';
import { startHttp, type TestHttp } from '../support/http.js';

const UI = 'http://127.0.0.1:8233';
const KEYS = `today:${randomBytes(32).toString('base64')}`;

describe('the codec of the Temporal Web UI', () => {
  let http: TestHttp;
  let hidden: unknown;
  beforeAll(async () => {
    http = await startHttp({ workers: false, env: { TEMPORAL_PAYLOAD_KEYS: KEYS } });
    hidden = await encrypted();
  });
  afterAll(() => http[Symbol.asyncDispose]());

  async function encrypted(): Promise<unknown> {
    const { metadata, data } = defaultPayloadConverter.toPayload('the harbour');
    const base64 = (bytes: Uint8Array | null | undefined) =>
      Buffer.from(bytes ?? []).toString('base64');
    const plain = { metadata: { encoding: base64(metadata?.encoding) }, data: base64(data) };
    const { status, body } = await decode({ path: '/codec/encode', json: { payloads: [plain] } });
    expect(status).toBe(200);
    return (body.payloads as unknown[])[0];
  }

  async function decode({ path = '/codec/decode', json }: { path?: string; json?: unknown } = {}) {
    return http.ask(path, { method: 'POST', json: json ?? { payloads: [hidden] } });
  }

  it('encrypts, and shows administrators what was encrypted', async () => {
    const { body, status } = await decode();
    expect(status).toBe(200);
    const [{ data }] = body.payloads as [{ data: string }];
    expect(Buffer.from(data, 'base64').toString()).toBe('"the harbour"');
    expect(JSON.stringify(hidden)).not.toContain(data);
  });

  it('shows nobody else anything', async () => {
    for (const [as, status] of [
      ['nobody', 401],
      ['alice', 403],
    ] as const) {
      expect((await http.ask('/codec/decode', { method: 'POST', as, json: {} })).status).toBe(
        status,
      );
    }
  });

  it('is read by the pages of the Web UI, and by those of no other site', async () => {
    const preflight = (origin: string) =>
      http.ask('/codec/decode', {
        ...{ method: 'OPTIONS', as: 'nobody' },
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = await preflight(UI);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(UI);
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    const refused = await preflight('https://evil.example');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('takes the cookie of a signed-in browser from the Web UI only', async () => {
    const bySession = (origin: string) =>
      http.ask('/codec/decode', {
        ...{ method: 'POST', as: 'nobody', json: { payloads: [hidden] } },
        headers: {
          ...{ origin, 'sec-fetch-site': 'same-site' },
          cookie: `darkroom_session=${http.tokens.admin}`,
        },
      });
    expect((await bySession(UI)).status).toBe(200);
    const elsewhere = await bySession('http://127.0.0.1:9999');
    expect(elsewhere).toMatchObject({ status: 403, body: { kind: 'CrossSite' } });
  });

  it.each([
    ['nothing', {}],
    ['no list', { payloads: 'x' }],
    ['no base64', { payloads: [{ data: '***' }] }],
    [
      'another key',
      { payloads: [{ metadata: { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==' }, data: '' }] },
    ],
  ])('refuses %s', async (_what, json) => {
    expect(await decode({ json })).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
  });

  it('is not there where nothing is encrypted', async () => {
    const { payloadCodec: _none, ...deps } = http.deps;
    const answer = await buildApp(deps).request('/codec/decode', {
      ...{ method: 'POST', body: '{}' },
      headers: { authorization: `Bearer ${http.tokens.admin}` },
    });
    expect(answer.status).toBe(404);
  });
});
