import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';

describe('a browser', () => {
  let http: TestHttp;
  let cookie: string;
  beforeAll(async () => {
    http = await startHttp({ workers: false });
    cookie = `darkroom_session=${http.tokens.admin}`;
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const open = (path: string, headers: Record<string, string> = {}) =>
    http.ask(path, { as: 'nobody', headers });

  it('is signed in by the printed address, and the token leaves the address at once', async () => {
    const opened = await open(`/admin/tasks?token=${http.tokens.admin}&run=7`);
    expect(opened.status).toBe(303);
    expect(opened.headers.get('location')).toBe('/admin/tasks?run=7');
    expect(opened.headers.get('set-cookie')).toMatch(
      /^darkroom_session=dk_[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    // A page, or nothing at that address; not the sign-in.
    expect((await open('/admin/tasks', { cookie })).status).not.toBe(401);
  });

  it('is asked to sign in without a session, or with the token of somebody else', async () => {
    for (const path of [
      '/admin/tasks',
      '/admin/tasks?token=wrong',
      `/admin/x?token=${http.tokens.alice}`,
    ]) {
      const page = await open(path);
      expect(page.status, path).toBe(401);
      expect(page.text).toContain('action="/admin/session"');
      expect(page.headers.get('set-cookie')).toBeNull();
    }
    const asAlice = await open('/admin/tasks', { cookie: `darkroom_session=${http.tokens.alice}` });
    expect(asAlice).toMatchObject({ status: 403, body: { kind: 'Forbidden' } });
  });

  it('signs in and out by forms of our own pages only', async () => {
    const form = (site: string) => ({
      ...{ as: 'nobody' as const, method: 'POST', body: `token=${http.tokens.admin}` },
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site },
    });
    const signedIn = await http.ask('/admin/session', form('same-origin'));
    expect(signedIn.status).toBe(303);
    expect(signedIn.headers.get('set-cookie')).toContain('darkroom_session=dk_');
    const lured = await http.ask('/admin/session', form('cross-site'));
    expect(lured).toMatchObject({ status: 403, body: { kind: 'CrossSite' } });
    const signedOut = await http.ask('/admin/session/end', {
      ...{ as: 'nobody', method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' } },
    });
    expect(signedOut.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('finds the button that signs out at the foot of every page', async () => {
    const { text } = await open('/admin/queues', { cookie });
    const foot = text.slice(text.indexOf('<footer'));
    expect(foot).toMatch(/<form method="post" action="\/admin\/session\/end"><button>Sign out</);
  });

  it.each([
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['another site of the same domain', { 'sec-fetch-site': 'same-site' }],
    ['another origin, from an older browser', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['nobody says where', {}],
  ])('changes nothing for %s', async (_where, headers: Record<string, string>) => {
    for (const path of ['/api/v1/preprocess-tasks/runs', '/admin/tasks']) {
      const answer = await http.ask(path, {
        ...{ as: 'nobody', method: 'POST', headers: { cookie, ...headers } },
      });
      expect(answer).toMatchObject({ status: 403, body: { kind: 'CrossSite' } });
    }
  });

  it('may ask the API with its session from our own pages', async () => {
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://localhost' }]) {
      const answer = await http.ask('/api/v1/preprocess-tasks/runs', {
        ...{ as: 'nobody', method: 'POST', headers: { cookie, ...headers } },
      });
      expect(answer).toMatchObject({ status: 409, body: { kind: 'NoImages' } });
    }
    expect((await open('/api/v1/images', { cookie })).status).toBe(200);
  });
});
