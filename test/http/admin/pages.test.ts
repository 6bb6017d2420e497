import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { picture } from '../../support/pictures.js';
import { runEnd } from '../../support/run-end.js';
import { startSite, type Site } from '../../support/site.js';

/** A page may wait seconds for a worker that is only starting to say where a run stands. */
const PATIENT = { timeout: 30_000, interval: 100 };

const NASTY = '<script>alert(1)<|script>"\'&.jpg';

/** In the order in which a library lives: empty, full, processed. */
describe.sequential('the pages', () => {
  let site: Site;

  beforeAll(async () => {
    site = await startSite({ workers: false });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await site.app.request(path, { headers });
    return { status: answer.status, headers: answer.headers, html: await answer.text() };
  };
  const post = async (path: string, fields: Record<string, string> = {}, script = false) => {
    const answer = await site.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: script ? { 'HX-Request': 'true' } : {},
    });
    return { status: answer.status, to: answer.headers.get('location'), html: await answer.text() };
  };
  const idOf = async (fileName: string) => {
    const found = (await site.pipeline.darkroom.images()).find((it) => it.fileName === fileName);
    if (found === undefined) throw new Error(`There is no ${fileName}.`);
    return found.id;
  };

  it('begin with Tasks, and say what to do while there are no images', async () => {
    expect((await get('/admin')).headers.get('location')).toBe('/admin/tasks');
    const tasks = await get('/admin/tasks');
    expect(tasks.html).toMatch(/^<!doctype html><html lang="en">/);
    expect(tasks.html).toContain('There are no images yet.');
    expect(tasks.html).toContain('darkroom import DIR');
    expect(tasks.html).not.toContain('id="start-run"');
    expect(tasks.headers.get('cache-control')).toBe('no-store');
    expect((await get('/admin/images')).html).toContain('There are no images yet.');
  });

  it('hold nothing that the content policy refuses', async () => {
    for (const path of ['/admin/tasks', '/admin/images', '/admin/generate', '/admin/settings']) {
      const { html } = await get(path);
      expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:/i);
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    }
  });

  it('serve their own files for ever, and no other', async () => {
    const { html } = await get('/admin/tasks');
    const files = [...html.matchAll(/(?:href|src)="(\/admin\/assets\/[^"]+)"/g)].map((it) => it[1]);
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const { status, headers } = await get(file ?? '');
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toContain('immutable');
    }
    expect((await get('/admin/assets/..%2fassets.ts')).status).toBe(404);
    expect((await get('/admin/assets/constructor')).status).toBe(404);
  });

  it('say in words what is refused, with the page when there is no script', async () => {
    const plain = await post('/admin/tasks/pause');
    expect(plain.status).toBe(409);
    expect(plain.html).toContain('No backfill is active.');
    expect(plain.html).toContain('<nav');
    const scripted = await post('/admin/tasks/cancel', {}, true);
    expect(scripted.status).toBe(409);
    expect(scripted.html).toMatch(/^<p class="notice refused">/);
    expect((await post('/admin/tasks/start', { scope: 'nonsense' })).status).toBe(400);
    expect((await post('/admin/tasks/start')).html).toContain('There are no images to process');
    expect((await post('/admin/tasks/concurrency', { concurrency: 'x' })).status).toBe(400);
  });

  it('have an answer for what is not there', async () => {
    const missing = await get('/admin/nothing');
    expect(missing.status).toBe(404);
    expect(missing.html).toContain('There is no such page.');
    const image = await get('/admin/images/nothing');
    expect(image.status).toBe(404);
    expect(image.html).toContain('There is no such image.');
    expect(image.html).toContain('It may have been deleted.');
    expect((await get('/admin/images?status=x')).status).toBe(400);
    expect((await get('/admin/images?from=yesterday')).status).toBe(400);
    expect((await get('/admin/images?after=x')).status).toBe(400);
  });

  it('take files without script, and refuse a form without one', async () => {
    const form = new FormData();
    const bytes = await picture({ widthPx: 900, heightPx: 600 });
    form.append('file', new File([new Uint8Array(bytes)], 'harbour.jpg', { type: 'image/jpeg' }));
    form.append('file', new File(['no picture'], NASTY));
    const sent = await site.app.request('/admin/images', { method: 'POST', body: form });
    expect(sent.status).toBe(303);
    expect(sent.headers.get('location')).toBe('/admin/images');
    const empty = await site.app.request('/admin/images', { method: 'POST', body: new FormData() });
    expect(empty.status).toBe(400);
    expect(await empty.text()).toContain('Choose at least one file.');
  });

  it('refuse forms that are larger than any form, and files that are larger than a file may be', async () => {
    const form = await post('/admin/tasks/start', { scope: 'x'.repeat(20_000) });
    expect(form.status).toBe(413);
    expect(form.html).toContain('The request is larger than the limit.');
    const files = new FormData();
    files.append('file', new File([new Uint8Array(51_000_000)], 'huge.jpg'));
    const huge = await site.app.request('/admin/images', { method: 'POST', body: files });
    expect(huge.status).toBe(413);
  });

  it('show file names as text, whatever is in them', async () => {
    const id = await idOf(NASTY);
    for (const path of ['/admin/images', `/admin/images/${id}`]) {
      const { html } = await get(path);
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toContain('<script>alert');
    }
    const filtered = await get(`/admin/images?tag=${encodeURIComponent('"><script>x')}`);
    expect(filtered.html).not.toContain('<script>x');
    expect(filtered.html).toContain('No image is like that.');
  });

  it('start a run for the page, and say where it stands', async () => {
    const idle = await get('/admin/tasks');
    expect(idle.html).toMatch(/value="missing" id="scope-missing" checked/);
    expect(idle.html).toContain('2 images');
    await expect(post('/admin/tasks/start', { scope: 'missing' })).resolves.toMatchObject({
      ...{ status: 303, to: '/admin/tasks' },
    });
    const { html } = await get('/admin/tasks');
    expect(html).toContain('<title>0 % Backfill - Darkroom</title>');
    expect(html).toContain('0 of 2 images ready');
    expect(html).toContain('the page');
    expect(html).not.toContain('id="start-run"');
    expect((await post('/admin/tasks/start', { scope: 'all' })).html).toContain(
      'A backfill is already active.',
    );
  });

  it('pause, change the width and resume', async () => {
    expect((await post('/admin/tasks/pause', {}, true)).html).toContain('Paused.');
    const wider = await post('/admin/tasks/concurrency', { concurrency: '3' }, true);
    expect(wider.html).toContain('3 images at once from now on.');
    await site.pipeline.startWorkers();
    await vi.waitUntil(
      async () =>
        (await get('/admin/tasks')).html.includes('<title>Paused at 0 % - Darkroom</title>'),
      PATIENT,
    );
    expect((await get('/admin/tasks')).html).toMatch(/<output[^>]*>3</);
    expect((await post('/admin/tasks/resume', {}, true)).html).toContain('The run goes on.');
  });

  it('list failures by kind with their reason, and try them again', async () => {
    const [run] = await site.pipeline.darkroom.backfill.runs(1);
    await runEnd(site.pipeline, run?.id ?? '');
    await vi.waitUntil(
      async () => (await get('/admin/tasks')).html.includes('with failures'),
      PATIENT,
    );
    const { html } = await get('/admin/tasks');
    expect(html).toContain('1 of 2 images ready, 1 failed');
    expect(html).toContain('The file is not an image.');
    expect(html).toContain('Retry this one');
    expect(html).toContain(`/workflows/backfill/${run?.id}/history`);
    const again = await post(
      '/admin/tasks/retry',
      { runId: run?.id ?? '', kind: 'NotAnImage' },
      true,
    );
    expect(again.html).toContain('1 image is being tried again.');
    const [second] = await site.pipeline.darkroom.backfill.runs(1);
    await expect(runEnd(site.pipeline, second?.id ?? '')).resolves.toMatchObject({ failed: 1 });
    expect((await get(`/admin/tasks?run=${run?.id}`)).html).toContain('Retry this one');
  });

  it('show one image with its files and its story, and what went wrong with another', async () => {
    const harbour = await get(`/admin/images/${await idOf('harbour.jpg')}`);
    expect(harbour.html).toContain('<title>harbour.jpg - Darkroom</title>');
    expect(harbour.html).toMatch(/<source type="image\/avif" srcset="\/variants\//);
    expect(harbour.html).toContain('tier 640');
    expect(harbour.html).toContain('Completed');
    const broken = await get(`/admin/images/${await idOf(NASTY)}`);
    expect(broken.html).toContain('Set aside');
    expect(broken.html).toContain('NotAnImage');
    expect(broken.html).not.toContain('Picture markup');
  });

  it('send only cells that look different by now, in the box that they had', async () => {
    const id = await idOf('harbour.jpg');
    const live = new URLSearchParams({ live: `${id}|pending,0,0,0|2` });
    const { html } = await get(`/admin/images/cells?${live.toString()}`);
    expect(html).toContain(`id="cell-${id}" hx-swap-oob="true"`);
    expect(html).toContain('class="cell r200"');
    const same = new URLSearchParams({ live: `${id}|completed,900,1,900|2` });
    expect((await get(`/admin/images/cells?${same.toString()}`)).status).toBe(204);
    expect((await get('/admin/images/cells')).status).toBe(204);
  });

  it('process an image again', async () => {
    const id = await idOf('harbour.jpg');
    const answer = await post(`/admin/images/${id}/process`, {}, true);
    expect(answer.html).toContain('Everything is being made again');
    await vi.waitUntil(async () => {
      const { status } = (await site.pipeline.darkroom.image(id)) ?? {};
      return status === 'completed';
    }, PATIENT);
  });

  it('create tokens that are shown once, and revoke them', async () => {
    expect((await post('/admin/settings/tokens', { name: 'x', role: 'owner' })).status).toBe(400);
    const made = await post('/admin/settings/tokens', { name: '<b>build', role: 'admin' });
    const [token = ''] = /dk_[\w-]{43}/.exec(made.html) ?? [];
    expect(token).toHaveLength(46);
    const { html } = await get('/admin/settings');
    expect(html).not.toContain(token);
    expect(html).toContain('&lt;b&gt;build');
    expect(html).toContain('Changing this makes 1 image stale');
    const ofIt = html.slice(html.indexOf('&lt;b&gt;build'));
    const id = /tokens\/([0-9a-f-]+)\/revoke/.exec(ofIt)?.[1];
    expect((await post(`/admin/settings/tokens/${id}/revoke`)).status).toBe(303);
    expect((await get('/admin/settings')).html).toContain('revoked');
  });

  it('delete an image and go back to the list', async () => {
    const id = await idOf('harbour.jpg');
    await expect(post(`/admin/images/${id}/delete`, { original: 'on' })).resolves.toMatchObject({
      ...{ status: 303, to: '/admin/images' },
    });
    expect((await get(`/admin/images/${id}`)).status).toBe(404);
  });
});
