import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openReceiver } from '../../support/receiver.js';
import { startSite, type Site } from '../../support/site.js';

/** As a browser without script: forms and whole pages. */
describe.sequential('webhooks in Settings', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ env: { ALLOW_PRIVATE_URLS: '1' } });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  const page = async () => (await site.app.request('/admin/settings')).text();
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await site.app.request(`/admin/settings${path}`, {
      ...{ method: 'POST', body: new URLSearchParams(fields) },
    });
    return { status: answer.status, to: answer.headers.get('location'), html: await answer.text() };
  };
  const pressed = (html: string, verb: string) =>
    new RegExp(`action="/admin/settings(/(?:webhooks|deliveries)/[^"]+/${verb})"`).exec(
      html,
    )?.[1] ?? 'there is no button';

  it('say what they are for while there are none', async () => {
    expect(await page()).toContain('Nobody is told of events yet');
  });

  it('are added, with the secret once, and refused in words', async () => {
    const { url } = await openReceiver();
    const added = await post('/webhooks', { url, kind: 'admin', events: '' });
    expect(added.status).toBe(200);
    expect(added.html).toMatch(/value="whsec_[^"]+"/);
    const html = await page();
    expect(html).toContain('failures.grouped, run.finished');
    expect(html).not.toContain('whsec_');
    const refused = await post('/webhooks', { url: 'nonsense' });
    expect(refused.status).toBe(400);
    expect(refused.html).toContain('this is not an address');
    expect((await post('/webhooks', { url, kind: 'owner' })).html).toContain('Name the owner');
    expect((await post(pressed(html, 'remove'))).to).toBe('/admin/settings#webhooks');
    expect(await page()).toContain('Nobody is told of events yet');
  });

  it('show deliveries with tries and the last answer, and send them again', async () => {
    let status = 410;
    const { url, received } = await openReceiver(() => status);
    await post('/webhooks', { url, kind: 'all', events: 'image.deleted' });
    const tested = await post(pressed(await page(), 'test'));
    expect(tested.status).toBe(303);
    const shows = (words: string) => async () => (await page()).includes(words);
    await vi.waitUntil(shows('It answered 410: it wants no more events.'), 20_000);
    await vi.waitUntil(shows('disabled'), 20_000);
    const html = await page();
    expect(html).toContain('endpoint.test');
    expect(html).toMatch(/class="state bad">dead</);
    const refused = await post(pressed(html, 'resend'));
    expect(refused.status).toBe(409);
    expect(refused.html).toContain('The endpoint is disabled; enable it first.');

    status = 200;
    expect((await post(pressed(html, 'enable'))).status).toBe(303);
    expect((await post(pressed(html, 'resend'))).status).toBe(303);
    await vi.waitUntil(shows('It answered 200.'), 20_000);
    expect(received[0]?.id).toBe(received[1]?.id);
    expect(await page()).toMatch(/class="state good">delivered</);
  }, 60_000);
});
