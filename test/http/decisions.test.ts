import { randomBytes } from 'node:crypto';
import { inspectRoutes } from 'hono/dev';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type Answer, type Ask, type TestHttp } from '../support/http.js';
import { picture } from '../support/pictures.js';

/**
 * Who may do what with a route. `admin`: nobody else. `own`: every token, each for what is its owner's.
 * `image` and `generation`: whoever owns the one of the path, and administrators; for others it is not
 * there.
 */
type Decision = 'admin' | 'own' | 'image' | 'generation';

/** Every route has a line here, or the test fails: somebody has thought of it. */
const DECISIONS: Record<string, Decision> = {
  'GET /api/v1/images': 'own',
  'POST /api/v1/images': 'own',
  'GET /api/v1/images/{id}': 'image',
  'DELETE /api/v1/images/{id}': 'image',
  'POST /api/v1/images/{id}/process': 'image',
  'PUT /api/v1/images/{id}/original': 'image',
  'GET /api/v1/images/{id}/original': 'image',
  'GET /api/v1/images/{id}/similar': 'image',
  'GET /api/v1/images/{id}/story': 'image',
  'GET /api/v1/search': 'own',
  'GET /api/v1/generations': 'own',
  'POST /api/v1/generations': 'own',
  'GET /api/v1/generations/{id}': 'generation',
  'DELETE /api/v1/generations/{id}': 'generation',
  'GET /api/v1/preprocess-tasks/preview-count': 'admin',
  'GET /api/v1/preprocess-tasks/runs': 'admin',
  'POST /api/v1/preprocess-tasks/runs': 'admin',
  'GET /api/v1/preprocess-tasks/runs/{id}': 'admin',
  'PATCH /api/v1/preprocess-tasks/runs/{id}': 'admin',
  'POST /api/v1/preprocess-tasks/runs/{id}/kick': 'admin',
  'POST /api/v1/preprocess-tasks/runs/{id}/cancel': 'admin',
  'POST /api/v1/preprocess-tasks/runs/{id}/pause': 'admin',
  'POST /api/v1/preprocess-tasks/runs/{id}/resume': 'admin',
  'POST /api/v1/preprocess-tasks/runs/{id}/retry': 'admin',
  'POST /api/v1/preprocess-tasks/tick': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/{id}': 'admin',
  'GET /api/v1/webhooks': 'admin',
  'POST /api/v1/webhooks': 'admin',
  'DELETE /api/v1/webhooks/{id}': 'admin',
  'POST /api/v1/webhooks/{id}/enable': 'admin',
  'POST /api/v1/webhooks/{id}/test': 'admin',
  'GET /api/v1/webhooks/deliveries': 'admin',
  'POST /api/v1/webhooks/deliveries/{id}/resend': 'admin',
  'GET /api/v1/queues': 'admin',
  'PATCH /api/v1/queues/{name}': 'admin',
  'GET /api/v1/providers': 'admin',
  'POST /api/v1/providers/{step}/test': 'admin',
};

/** Served without a token, and why that is right. */
const PUBLIC: Record<string, string> = {
  'GET /healthz': 'probes have no token, and it says only that the process is up',
  'GET /readyz': 'the same, with the names of what is away',
  'GET /metrics': 'has a token of its own, or is for this machine and who names an address',
  'GET /variants/*': 'addresses that nobody can guess',
  'POST /hooks/replicate/:id/:attempt': 'takes only what Replicate has signed, and only wakes',
  'GET /openapi.json': 'the same for every installation',
  'GET /docs': 'the same for every installation',
  'GET /docs/style.css': 'the same for every installation',
  'GET /': 'leads to the pages',
  'GET /admin': 'leads to the pages',
  'GET /admin/assets/:name': 'the same for every installation',
};

/** Not in the document, because only the Temporal Web UI asks them: for administrators. */
const CODEC = ['POST /codec/decode', 'POST /codec/encode'];

/** What stands in front of every route under a path, and answers nobody by itself. */
const GUARDS: Record<string, number> = {
  '/*': 4, // the id of a request, headers, streams, the host
  '/api/*': 2,
  '/api/v1/*': 2,
  '/codec/*': 5,
  '/hooks/*': 1,
  '/admin/*': 3,
};

/** Answers for every method; what may it say, and to whom? */
const FOR_ALL_METHODS: Record<string, string> = {
  'ALL /admin/*': 'there is no such page, for whoever may see pages',
};

const UNKNOWN = '00000000-0000-0000-0000-000000000000';
const FILE_NAME = 'alice-and-nobody-else.png';

describe.sequential('a route', () => {
  let http: TestHttp;
  let routes: { name: string; method: string; path: string }[];
  let seed = 0;
  beforeAll(async () => {
    http = await startHttp({
      settings: { requestsPerMinute: 100_000 },
      env: { TEMPORAL_PAYLOAD_KEYS: `today:${randomBytes(32).toString('base64')}` },
    });
    const { body } = await http.ask('/openapi.json', { as: 'nobody' });
    const paths = body.paths as Record<string, Record<string, unknown>>;
    routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => ({
        ...{ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path },
      })),
    );
  });
  afterAll(() => http[Symbol.asyncDispose]());

  async function uploaded(): Promise<string> {
    const bytes = await picture({ widthPx: 40, heightPx: 30, format: 'png', seed: (seed += 1) });
    const { status, body } = await http.ask(`/api/v1/images?fileName=${FILE_NAME}`, {
      ...{ method: 'POST', as: 'alice', headers: { 'content-type': 'image/png' } },
      body: new Uint8Array(bytes),
    });
    expect(status).toBe(201);
    return body.id as string;
  }

  /** With what a request of the kind has; the answer to what is missing would hide who may ask. */
  async function ask(method: string, path: string, as: NonNullable<Ask['as']>): Promise<Answer> {
    if (!path.endsWith('/original') || method !== 'PUT') return http.ask(path, { method, as });
    const bytes = await picture({ widthPx: 40, heightPx: 30, format: 'png', seed: (seed += 1) });
    const headers = { 'content-type': 'image/png' };
    return http.ask(path, { method, as, headers, body: new Uint8Array(bytes) });
  }
  const decided = (decision: Decision) => {
    const found = routes.filter(({ name }) => DECISIONS[name] === decision);
    expect(found.length).toBeGreaterThan(1);
    return found;
  };
  const withoutRequest = ({ status, body: { requestId: _requestId, ...body } }: Answer) => ({
    ...{ status, body },
  });

  it('is decided upon, and every decision is about a route', () => {
    expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(DECISIONS).sort());
  });

  it('is in the document, unless it is for everybody or a page', () => {
    const names = inspectRoutes(http.app)
      .filter(({ isMiddleware }) => !isMiddleware)
      .map(({ method, path }) => `${method} ${path}`);
    const unknown = names.filter((name) => {
      const documented = name.replaceAll(/:(\w+)/g, '{$1}') in DECISIONS;
      const isPage = /^(GET|POST) \/admin\//.test(name);
      return !documented && !isPage && !(name in PUBLIC) && !CODEC.includes(name);
    });
    expect([...new Set(unknown)].sort()).toEqual(Object.keys(FOR_ALL_METHODS).sort());
    expect(names).toEqual(expect.arrayContaining([...CODEC, ...Object.keys(PUBLIC)]));
  });

  it('has in front of it what we know of, and nothing there answers by itself', () => {
    const guards: Record<string, number> = {};
    for (const { method, path, isMiddleware } of inspectRoutes(http.app)) {
      // Those of one method belong to its route.
      if (!isMiddleware || method !== 'ALL') continue;

      guards[path] = (guards[path] ?? 0) + 1;
    }
    expect(guards).toEqual(GUARDS);
  });

  it('of the Temporal Web UI is for administrators', async () => {
    const how = { method: 'POST', json: { payloads: [] } };
    for (const path of CODEC.map((name) => name.split(' ')[1] ?? '')) {
      expect.soft((await http.ask(path, { ...how, as: 'nobody' })).status, path).toBe(401);
      for (const as of ['alice', 'bob'] as const) {
        expect.soft((await http.ask(path, { ...how, as })).status, path).toBe(403);
      }
      expect.soft((await http.ask(path, { ...how, as: 'admin' })).status, path).toBe(200);
    }
  });

  it('answers nobody without a token, whatever the path', async () => {
    for (const { name, method, path } of routes) {
      const answer = await ask(method, path.replaceAll(/\{\w+\}/g, UNKNOWN), 'nobody');
      expect.soft(answer, name).toMatchObject({ status: 401, body: { kind: 'Unauthenticated' } });
      expect
        .soft(Object.keys(answer.body).sort(), name)
        .toEqual(['kind', 'requestId', 'status', 'title', 'type']);
    }
  });

  it('of administrators refuses owners, also for what is theirs', async () => {
    const id = await uploaded();
    for (const { name, method, path } of decided('admin')) {
      for (const as of ['alice', 'bob'] as const) {
        const answer = await ask(method, path.replaceAll(/\{\w+\}/g, id), as);
        expect.soft(answer, name).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
      }
      if (name.endsWith('/tick')) continue; // runs the schedule
      const admin = await ask(method, path.replaceAll(/\{\w+\}/g, UNKNOWN), 'admin');
      expect.soft([401, 403], name).not.toContain(admin.status);
      expect.soft(admin.status, name).toBeLessThan(500);
    }
  });

  it('of an image is not there for another owner, and says no more than of one that never was', async () => {
    for (const { name, method, path } of decided('image')) {
      const id = await uploaded();
      const strange = await ask(method, path.replace('{id}', id), 'bob');
      const unknown = await ask(method, path.replace('{id}', UNKNOWN), 'bob');
      expect.soft(strange, name).toMatchObject({ status: 404, body: { kind: 'ImageNotFound' } });
      const same = JSON.stringify(withoutRequest(unknown)).replaceAll(UNKNOWN, id);
      expect.soft(JSON.stringify(withoutRequest(strange)), name).toBe(same);
      const theirs = await http.ask(`/api/v1/images/${id}`, { as: 'alice' });
      expect.soft(theirs, name).toMatchObject({ status: 200, body: { id } });
      // A deletion last, or there is nothing left to ask for.
      for (const as of method === 'DELETE' ? (['admin'] as const) : (['alice', 'admin'] as const)) {
        const answer = await ask(method, path.replace('{id}', id), as);
        expect.soft([200, 202], `${name} as ${as}`).toContain(answer.status);
      }
    }
  });

  it('of a generation is not there for another owner, and says no more than of one that never was', async () => {
    const json = { prompt: 'a lighthouse at dusk' };
    const asked = await http.ask('/api/v1/generations', { method: 'POST', as: 'alice', json });
    const id = asked.body.id as string;
    // The deletion last, or there is nothing left to ask for.
    for (const { name, method, path } of decided('generation')) {
      const strange = await ask(method, path.replace('{id}', id), 'bob');
      const unknown = await ask(method, path.replace('{id}', UNKNOWN), 'bob');
      expect
        .soft(strange, name)
        .toMatchObject({ status: 404, body: { kind: 'GenerationNotFound' } });
      const same = JSON.stringify(withoutRequest(unknown)).replaceAll(UNKNOWN, id);
      expect.soft(JSON.stringify(withoutRequest(strange)), name).toBe(same);
      for (const as of ['alice', 'admin'] as const) {
        const answer = await ask(method, path.replace('{id}', id), as);
        // It may have ended, by the first of them or by itself.
        expect.soft([200, 202, 409], `${name} as ${as}`).toContain(answer.status);
      }
    }
  });

  it("of everybody shows and changes only what is one's own", async () => {
    const id = await uploaded();
    for (const { name, method, path } of decided('own')) {
      const query = name === 'GET /api/v1/search' ? `?query=${FILE_NAME}` : '';
      const strange = await ask(method, `${path}${query}`, 'bob');
      expect.soft(strange.status, name).not.toBe(401);
      expect.soft(strange.text, name).not.toContain(id);
    }
    expect((await http.ask('/api/v1/images', { as: 'bob' })).body).toEqual({ images: [] });
    expect((await http.ask('/api/v1/images', { as: 'alice' })).text).toContain(id);
  });

  it("of everybody is refused for another owner's, whatever else is right", async () => {
    const id = await uploaded();
    const bytes = await picture({ widthPx: 40, heightPx: 30, format: 'png', seed: (seed += 1) });
    const file = { headers: { 'content-type': 'image/png' }, body: new Uint8Array(bytes) };
    const prompt = 'a lighthouse at dusk';
    const asked: Record<string, [query: string, how: Ask][]> = {
      'GET /api/v1/images': [['owner=alice', {}]],
      'POST /api/v1/images': [['owner=alice', file]],
      'GET /api/v1/search': [['owner=alice&query=harbour', {}]],
      'GET /api/v1/generations': [['owner=alice', {}]],
      'POST /api/v1/generations': [
        ['', { json: { prompt, owner: 'alice' } }],
        ['', { json: { prompt, ownerId: 'alice' } }],
        ['', { json: [{ prompt }, { prompt, owner: 'alice' }] }],
      ],
    };
    expect(Object.keys(asked).sort()).toEqual(
      decided('own')
        .map(({ name }) => name)
        .sort(),
    );
    for (const [name, requests] of Object.entries(asked)) {
      const [method = '', path = ''] = name.split(' ');
      for (const [query, how] of requests) {
        const answer = await http.ask(`${path}?${query}`, { ...how, method, as: 'bob' });
        expect.soft(answer, name).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
        expect.soft(answer.text, name).not.toContain(id);
        const theirs = await http.ask(`${path}?${query}`, { ...how, method, as: 'alice' });
        expect.soft(theirs.status, `${name} of alice`).toBeLessThan(300);
      }
    }
    expect((await http.ask('/api/v1/generations', { as: 'bob' })).body.generations).toEqual([]);
  });

  it("makes no picture from another owner's image, and does not say that it is there", async () => {
    const sourceImage = await uploaded();
    const generate = (as: 'alice' | 'bob', source: string) =>
      http.ask('/api/v1/generations', {
        ...{ method: 'POST', as, json: { prompt: 'the same at night', sourceImage: source } },
      });
    const strange = await generate('bob', sourceImage);
    expect(strange).toMatchObject({ status: 400, body: { kind: 'InvalidInput' } });
    const unknown = await generate('bob', UNKNOWN);
    const same = JSON.stringify(withoutRequest(unknown)).replaceAll(UNKNOWN, sourceImage);
    expect(JSON.stringify(withoutRequest(strange))).toBe(same);
    expect((await generate('alice', sourceImage)).status).toBe(202);
  });

  it('that is a page is for signed-in administrators, forms included', async () => {
    const pages = http.app.routes.filter(
      ({ method, path }) =>
        path.startsWith('/admin/') && method !== 'ALL' && !(`${method} ${path}` in PUBLIC),
    );
    expect(pages.length).toBeGreaterThan(15);
    for (const { method, path } of pages) {
      const name = `${method} ${path}`;
      const address = path.replaceAll(/:\w+(\{[^}]*\})?/g, UNKNOWN);
      const nobody = await http.ask(address, { method, as: 'nobody' });
      expect.soft(nobody.status, name).toBe(401);
      expect.soft(nobody.text, name).toContain('action="/admin/session"');
      const owner = await http.ask(address, { method, as: 'alice' });
      expect.soft(owner.status, name).toBe(403);
    }
  });

  it('gives every answer the headers that protect a browser, pages and errors alike', async () => {
    const paths = ['/', '/admin', '/healthz', '/metrics', '/docs', '/nowhere', '/variants/none'];
    const pages = http.app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path);
    for (const path of new Set([...paths, ...pages.filter((page) => !page.includes('*'))])) {
      const address = path.replaceAll(/:\w+(\{[^}]*\})?/g, UNKNOWN);
      if (address.endsWith('/live')) continue; // has no end
      const { headers } = await http.ask(address);
      expect.soft(headers.get('content-security-policy'), path).toMatch(/default-src 'none'/);
      expect
        .soft(headers.get('content-security-policy'), path)
        .toMatch(/frame-ancestors 'none'|sandbox/);
      expect.soft(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect.soft(headers.get('referrer-policy'), path).toBe('no-referrer');
    }
  });
});
