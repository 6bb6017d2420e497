import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { buildApp } from '../../src/http/app.js';
import { startHttp, type TestHttp } from '../support/http.js';

const UNKNOWN = '00000000-0000-0000-0000-000000000000';

interface Operation {
  'x-role'?: string;
  security?: unknown;
  responses: Record<string, unknown>;
}

describe('who may ask', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ workers: false });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  async function everyRoute() {
    const { body } = await http.ask('/openapi.json', { as: 'nobody' });
    const paths = body.paths as Record<string, Record<string, Operation>>;
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path: path.replace('{id}', UNKNOWN),
        method: method.toUpperCase(),
        role: operation['x-role'],
        answers: Object.keys(operation.responses),
      })),
    );
  }

  it('is decided for every route of the document', async () => {
    const routes = await everyRoute();
    expect(routes.length).toBeGreaterThan(18);
    const refused = new Map<string, number>();
    for (const { name, path, method, role } of routes) {
      const nobody = await http.ask(path, { as: 'nobody', method });
      expect.soft(nobody, name).toMatchObject({ status: 401, body: { kind: 'Unauthenticated' } });
      expect.soft(['admin', 'owner'], name).toContain(role);
      const owner = await http.ask(path, { as: 'alice', method });
      expect.soft(owner.status === 403, name).toBe(role === 'admin');
      expect.soft(owner.status, name).not.toBe(401);
      if (path.endsWith('/tick')) continue; // waits for a worker
      const admin = await http.ask(path, { as: 'admin', method });
      expect.soft([401, 403], name).not.toContain(admin.status);
      expect.soft(admin.status, name).toBeLessThan(500);
      refused.set(name, admin.status);
    }
    expect(refused.get('GET /api/v1/images/{id}')).toBe(404);
    expect(refused.get('POST /api/v1/preprocess-tasks/runs/{id}/cancel')).toBe(404);
  });

  it('is told what a token of an owner is answered on a route of administrators', async () => {
    for (const { name, role, answers } of await everyRoute()) {
      if (role === 'admin') expect.soft(answers, name).toContain('403');
    }
  });

  it('is everything of A9, word for word', async () => {
    const names = (await everyRoute()).map(({ name }) => name);
    const base = '/api/v1/preprocess-tasks';
    expect(names).toEqual(
      expect.arrayContaining([
        `GET ${base}/preview-count`,
        `GET ${base}/runs`,
        `GET ${base}/runs/{id}`,
        `POST ${base}/runs`,
        `POST ${base}/runs/{id}/kick`,
        `POST ${base}/runs/{id}/cancel`,
        `POST ${base}/tick`,
        `POST ${base}/runs/{id}/pause`,
        `POST ${base}/runs/{id}/resume`,
        `POST ${base}/runs/{id}/retry`,
        `PATCH ${base}/runs/{id}`,
      ]),
    );
  });

  it.each([
    ['a token of another shape', 'Bearer secret'],
    ['a token that nobody made', `Bearer dk_${'A'.repeat(43)}`],
    ['another scheme', 'Basic ZGs6ZGs='],
    ['nothing', ''],
  ])('gets 401 and nothing else with %s', async (_what, authorization) => {
    const how = { as: 'nobody', headers: { authorization } } as const;
    const { status, body, headers } = await http.ask('/api/v1/images', how);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="darkroom"');
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toEqual({
      type: '/docs#Unauthenticated',
      title: 'A valid token is needed.',
      status: 401,
      kind: 'Unauthenticated',
      requestId: headers.get('x-request-id'),
    });
  });

  it('is nobody with a token that was revoked', async () => {
    const created = await http.ask('/api/v1/tokens', {
      ...{ method: 'POST', json: { name: 'short-lived', role: 'owner', owner: 'carol' } },
    });
    expect(created.status).toBe(201);
    const authorization = `Bearer ${created.body.token as string}`;
    const asCarol = { as: 'nobody', headers: { authorization } } as const;
    expect(await http.ask('/api/v1/images', asCarol)).toMatchObject({ status: 200 });
    const listed = await http.ask('/api/v1/tokens');
    expect(listed.text).not.toContain(created.body.token);
    expect(listed.body.tokens).toContainEqual(
      expect.objectContaining({ name: 'short-lived', role: 'owner', ownerId: 'carol' }),
    );
    await http.ask(`/api/v1/tokens/${created.body.id as string}`, { method: 'DELETE' });
    expect(await http.ask('/api/v1/images', asCarol)).toMatchObject({ status: 401 });
  });

  it.each([
    'evil.example',
    'evil.example:3300',
    'localhost@evil.example',
    '127.0.0.1.evil.example',
  ])('is refused under the host name %s', async (host) => {
    for (const path of ['/api/v1/images', '/variants/x', '/docs', '/admin/tasks']) {
      const answer = await http.ask(path, { headers: { host } });
      expect(answer).toMatchObject({ status: 421, body: { kind: 'HostNotAllowed' } });
    }
  });

  it('is let in under the names of this machine and the public one', async () => {
    const publicUrl = new URL('https://darkroom.example/');
    const app = buildApp({ ...http.deps, settings: { ...http.deps.settings, publicUrl } });
    for (const host of ['localhost:3300', '127.0.0.1:1', '[::1]:3300', 'darkroom.example']) {
      expect((await app.request('/openapi.json', { headers: { host } })).status, host).toBe(200);
    }
  });

  it('is told to wait after too many requests, each token for itself', async () => {
    const settings = { ...http.deps.settings, requestsPerMinute: 20 };
    const app = buildApp({ ...http.deps, settings });
    const ask = (token?: string) =>
      app.request('/api/v1/images/x', {
        headers: { ...(token && { authorization: `Bearer ${token}` }) },
      });
    const { alice, bob } = http.tokens;
    for (let asked = 0; asked < 20; asked += 1) expect((await ask(alice)).status).toBe(404);
    const refused = await ask(alice);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.json()).toMatchObject({ kind: 'TooManyRequests' });
    expect((await ask(bob)).status).toBe(404);
    expect((await ask()).status).toBe(401);
    expect((await ask()).status).toBe(401);
    expect((await ask()).status).toBe(429);
  });

  it('is refused without a query when its address has sent too many tokens that are none', async () => {
    const { darkroom } = http.deps;
    let lookedUp = 0;
    const authenticate = (token: string) => {
      lookedUp += 1;
      return darkroom.tokens.authenticate(token);
    };
    const app = buildApp({
      ...http.deps,
      darkroom: { ...darkroom, tokens: { ...darkroom.tokens, authenticate } },
      settings: { ...http.deps.settings, requestsPerMinute: 20 },
    });
    const ask = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await app.request('/api/v1/images/x', { headers })).status;
    };
    const wrong = (letter: string) => `dk_${letter.repeat(43)}`;
    expect(await ask(http.tokens.alice)).toBe(404);
    const statuses = [];
    for (const letter of 'ABCDEF') statuses.push(await ask(wrong(letter)));
    expect(statuses).toEqual([401, 401, 429, 429, 429, 429]);
    expect(lookedUp).toBe(3);
    // A token that was good goes on under the same address.
    expect(await ask(http.tokens.alice)).toBe(404);
  });

  it('is not held for a stranger while nobody can say who it is', async () => {
    const { darkroom } = http.deps;
    let isAway = true;
    const authenticate = async (token: string) => {
      if (isAway) throw new DarkroomError('DatabaseUnavailable');
      return darkroom.tokens.authenticate(token);
    };
    const app = buildApp({
      ...http.deps,
      darkroom: { ...darkroom, tokens: { ...darkroom.tokens, authenticate } },
      settings: { ...http.deps.settings, requestsPerMinute: 20 },
    });
    const headers = { authorization: `Bearer ${http.tokens.alice}` };
    const ask = async () => (await app.request('/api/v1/images/x', { headers })).status;
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual([503, 503, 503, 503]);
    isAway = false;
    expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual([404, 404, 404, 404]);
  });

  it('is told to wait after too many signed requests of one address', async () => {
    const settings = { ...http.deps.settings, requestsPerMinute: 20 };
    const app = buildApp({ ...http.deps, settings });
    const tell = () => app.request('/hooks/replicate/x/1', { method: 'POST', body: '{}' });
    for (let told = 0; told < 20; told += 1) expect((await tell()).status).toBe(404);
    const refused = await tell();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  });

  it('reads the numbers of a public server only with their token, or from its machine', async () => {
    const publicUrl = new URL('https://darkroom.example/');
    const settings = { ...http.deps.settings, publicUrl, trustProxy: true };
    const open = buildApp({ ...http.deps, settings });
    const closed = buildApp({ ...http.deps, settings, metricsToken: 'for the scraper' });
    const ask = async (app: typeof open, peer: string, headers: Record<string, string>) => {
      const env = { incoming: { socket: { remoteAddress: peer } } };
      return (await app.request('/metrics', { headers }, env)).status;
    };
    expect(await ask(open, '127.0.0.1', { host: '127.0.0.1:3300' })).toBe(200);
    expect(await ask(open, '::ffff:127.0.0.1', { host: 'localhost:3300' })).toBe(200);
    expect(await ask(open, '203.0.113.9', { host: '127.0.0.1:3300' })).toBe(403);
    expect(await ask(open, 'unknown', { host: '127.0.0.1:3300' })).toBe(403);
    // By a proxy that is on the same machine.
    expect(await ask(open, '127.0.0.1', { host: 'darkroom.example' })).toBe(403);
    const by = { host: '127.0.0.1:3300', 'x-forwarded-for': '203.0.113.9' };
    expect(await ask(open, '127.0.0.1', by)).toBe(403);
    const scraper = { host: 'server:3300', authorization: 'Bearer for the scraper' };
    expect(await ask(closed, '203.0.113.9', scraper)).toBe(200);
    for (const path of ['/healthz', '/readyz']) {
      const probe = await open.request(path, { headers: { host: '10.0.0.7:3300' } });
      expect([200, 503], path).toContain(probe.status);
    }
  });

  it('gets every answer with the headers that protect a browser', async () => {
    for (const path of ['/api/v1/images', '/docs', '/nowhere', '/admin/tasks', '/variants/none']) {
      const { headers } = await http.ask(path, { as: 'nobody' });
      expect(headers.get('content-security-policy'), path).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-request-id')).toMatch(/./);
    }
  });

  it('shows a document page that needs no script and has every route', async () => {
    const { status, text } = await http.ask('/docs', { as: 'nobody' });
    expect(status).toBe(200);
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
    for (const { method, path } of await everyRoute()) {
      expect(text).toContain(`${method} ${path.replace(UNKNOWN, '{id}')}`);
    }
    expect(text).toContain('id="ImageCorrupt"');
    const style = await http.ask('/docs/style.css', { as: 'nobody' });
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });
});
