import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../../support/pictures.js';
import { startSite, type Site } from '../../support/site.js';

describe.sequential('the page Search', () => {
  let site: Site;
  let id: string;
  beforeAll(async () => {
    site = await startSite();
    const { darkroom } = site.pipeline;
    for (const [at, fileName] of ['harbor-one.jpg', 'harbor-two.jpg'].entries()) {
      const body = await picture({ widthPx: 300, heightPx: 200, seed: at });
      id = (await darkroom.upload({ ownerId: 'ann', fileName, body })).id;
      await darkroom.process(id, { wait: true });
    }
  });
  afterAll(() => site[Symbol.asyncDispose]());

  const get = async (query: string) => {
    const answer = await site.app.request(`/admin/search${query}`);
    return { status: answer.status, html: await answer.text() };
  };
  const region = (html: string) => html.slice(html.indexOf('<p class="says"'));

  it('asks for a query, with the field and the filters outside of what answers replace', async () => {
    const { status, html } = await get('');
    expect(status).toBe(200);
    expect(html).toContain('aria-current="page">Search');
    expect(html.indexOf('id="query"')).toBeLessThan(html.indexOf('<section id="found"'));
    expect(region(html)).not.toContain('<input');
    expect(html).toContain('hx-sync="this:replace"');
    for (const name of ['tag', 'owner', 'from', 'to', 'color']) {
      expect(html).toContain(`name="${name}"`);
    }
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:/i);
  });

  it('shows what was found and why, narrowed by the filters', async () => {
    const { html } = await get('?query=harbor+one');
    expect(region(html)).toContain('2 images for “harbor one”.');
    expect(region(html)).toContain('words <strong>harbor, one</strong>');
    expect(html).toContain('value="harbor one"');
    const none = await get('?query=harbor&to=2001-01-01');
    expect(region(none.html)).toContain('Nothing was found for “harbor”.');
    expect(region(none.html)).toContain('No image passes the filters.');
    expect(region((await get('?query=harbor&owner=ann&tag=harbor')).html)).toContain('2 images');
  });

  it('says that nothing is near enough, and what cannot be asked, as text', async () => {
    const nothing = await get(`?query=${encodeURIComponent('"><script>xqzvw')}`);
    expect(nothing.html).not.toContain('<script>xqzvw');
    expect(region(nothing.html)).toContain('close enough in meaning');
    const refused = await get(`?query=${'x'.repeat(501)}`);
    expect(refused.status).toBe(400);
    expect(region(refused.html)).toContain('longer than 500 characters');
    expect((await get('?query=x&color=nonsense')).status).toBe(400);
    expect((await get('?query=x&from=never')).status).toBe(400);
  });

  it('the page of an image shows what is similar', async () => {
    const answer = await site.app.request(`/admin/images/${id}`);
    const html = await answer.text();
    expect(html).toContain('<h2 id="similar">Similar</h2>');
    expect(html.slice(html.indexOf('id="similar"'))).toContain('wording');
  });
});
