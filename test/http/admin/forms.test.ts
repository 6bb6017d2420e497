import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../../support/http.js';

const UNKNOWN = '00000000-0000-0000-0000-000000000000';
const MULTIPART = 'multipart/form-data';

describe('a form that cannot be read', () => {
  let http: TestHttp;
  beforeAll(async () => {
    http = await startHttp({ workers: false });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const bodies: [what: string, type: string, body: string][] = [
    ['names no boundary', MULTIPART, 'x'],
    ['has none of its boundaries', `${MULTIPART}; boundary=here`, 'x'],
    ['ends in a part', `${MULTIPART}; boundary=here`, '--here\r\nContent-Disposition: form-'],
  ];

  it.each(bodies)('because it %s is refused to nobody who signs in', async (_what, type, body) => {
    const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin' };
    const how = { method: 'POST', as: 'nobody', headers, body } as const;
    expect(await http.ask('/admin/session', how)).toMatchObject({
      ...{ status: 400, body: { kind: 'InvalidInput' } },
    });
    expect(http.reported).toEqual([]);
  });

  it.each(bodies)('because it %s is refused to administrators', async (_what, type, body) => {
    const posts = http.app.routes.filter(
      ({ method, path }) => method === 'POST' && path.startsWith('/admin/'),
    );
    expect(posts.length).toBeGreaterThan(15);
    const refused = new Set<string>();
    for (const { path } of posts) {
      const address = path.replaceAll(/:\w+(\{[^}]*\})?/g, UNKNOWN);
      const headers = { 'content-type': type };
      const { status } = await http.ask(address, { method: 'POST', headers, body });
      expect.soft(status, path).toBeLessThan(500);
      if (status === 400) refused.add(path);
    }
    // Some read no form and say what else is wrong.
    expect([...refused]).toEqual(
      expect.arrayContaining([
        ...[
          '/admin/tasks/start',
          '/admin/tasks/pause',
          '/admin/images',
          '/admin/queues/:name/rate',
        ],
        ...['/admin/images/:id/delete', '/admin/generate', '/admin/generate/preview'],
        ...['/admin/settings/tokens', '/admin/settings/webhooks'],
      ]),
    );
    expect(http.reported).toEqual([]);
  });
});
