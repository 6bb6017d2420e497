import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../../src/http/app.js';
import { startHttp, type TestHttp } from '../../support/http.js';

describe('the live page', () => {
  let http: TestHttp;
  let app: TestHttp['app'];
  const stopping = new AbortController();
  beforeAll(async () => {
    http = await startHttp({ workers: false, stopping: stopping.signal });
    app = buildApp({ ...http.deps, lookAgainMs: 20 });
  });
  afterAll(async () => {
    stopping.abort();
    await http[Symbol.asyncDispose]();
  });

  async function admin() {
    const name = `admin ${Math.random()}`;
    return http.deps.darkroom.tokens.create({ name, role: 'admin' });
  }

  const look = (token: string) =>
    app.request('/admin/tasks/live', { headers: { authorization: `Bearer ${token}` } });

  it('ends for an administrator whose token is revoked, and goes on for the others', async () => {
    const [revoked, other] = [await admin(), await admin()];
    const [ends, goesOn] = [await look(revoked.token), await look(other.token)];
    expect([ends.status, goesOn.status]).toEqual([200, 200]);
    await http.deps.darkroom.tokens.revoke(revoked.id);
    // Resolves only at its end.
    expect(await ends.text()).toContain('event: truth');
    const reader = goesOn.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    expect((await look(revoked.token)).status).toBe(401);
    await reader?.cancel();
  });

  it('says now and then that it is still there', async () => {
    const { token } = await admin();
    const reader = (await look(token)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    while (!told.includes('\n\n:\n\n')) told += (await reader?.read())?.value ?? '';
    await reader?.cancel();
  });

  it('is nothing that a request for its head keeps open', async () => {
    const { token } = await admin();
    const headers = { authorization: `Bearer ${token}` };
    for (let asked = 0; asked < 60; asked += 1) {
      expect((await app.request('/admin/tasks/live', { method: 'HEAD', headers })).status).toBe(
        200,
      );
    }
    const stream = await look(token);
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
  });

  it('is looked at so often by one token, and then by no more until one is closed', async () => {
    const { token } = await admin();
    const open = [];
    let last = await look(token);
    for (; last.status === 200; last = await look(token)) {
      open.push(last);
      expect(open.length).toBeLessThan(100);
    }
    expect(last.status).toBe(429);
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
    await open[0]?.body?.cancel();
    await expect.poll(async () => (await look(token)).status).toBe(200);
    expect((await look((await admin()).token)).status).toBe(200);
  });
});
