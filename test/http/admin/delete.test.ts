import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addOne } from '../../support/add-pictures.js';
import { startSite, type Site } from '../../support/site.js';

describe('an image that is to be deleted while no worker runs', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ workers: false });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  it('is not said to be deleted, with script and without', { timeout: 60_000 }, async () => {
    const id = await addOne(site.pipeline);
    const ask = (headers: Record<string, string>) =>
      site.app.request(`/admin/images/${id}/delete`, { method: 'POST', headers });
    const [scripted, plain] = await Promise.all([ask({ 'HX-Request': 'true' }), ask({})]);
    expect(scripted.status).toBe(200);
    expect(scripted.headers.get('HX-Redirect')).toBeNull();
    expect(await scripted.text()).toMatch(/^<p class="notice done">.*The deletion is asked for/);
    expect(plain.status).toBe(200);
    expect(await plain.text()).toContain('The deletion is asked for');
  });
});
