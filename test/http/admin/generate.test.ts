import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../../src/domain/failures.js';
import { ask, QUICK } from '../../support/generations.js';
import { picture } from '../../support/pictures.js';
import { startSite, type Site } from '../../support/site.js';

const PATIENT = { timeout: 60_000, interval: 100 };
const NASTY = '<script>alert(1)</script>"&';
const SIZE = { width: '96', height: '64' };

describe.sequential('the page Generate', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ env: { MOCK_GENERATION_MS: '300' }, replace: () => QUICK });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  const darkroom = () => site.pipeline.darkroom;
  const get = async (path: string) => {
    const answer = await site.app.request(path);
    return { status: answer.status, html: await answer.text() };
  };
  const post = async (path: string, fields: Record<string, string> = {}, script = false) => {
    const answer = await site.app.request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: script ? { 'HX-Request': 'true' } : {},
    });
    return { status: answer.status, to: answer.headers.get('location'), html: await answer.text() };
  };
  const newest = async () => {
    const [generation] = await darkroom().generations({ limit: 1 });
    if (generation === undefined) throw new Error('There is no generation.');
    return generation;
  };
  const form = (html: string) =>
    html.slice(html.indexOf('<form id="generate"'), html.indexOf('<section class="history"'));
  const card = (html: string, id: string) => {
    const from = html.indexOf(`id="job-${id}"`);
    return from < 0 ? '' : html.slice(from, html.indexOf('</li>', from));
  };
  const marks = (html: string) =>
    [...html.matchAll(/name="live" value="([^"]+)"/g)].map(([, mark = '']) => mark);
  const ended = (id: string) =>
    vi.waitFor(async () => {
      const generation = await darkroom().generation(id);
      expect(generation?.finishedAt).toBeDefined();
      return generation;
    }, PATIENT);

  it('says what to do while there is none, and holds nothing that the content policy refuses', async () => {
    const { status, html } = await get('/admin/generate');
    expect(status).toBe(200);
    expect(html).toContain('aria-current="page">Generate');
    expect(html).toContain('<title>Generate - Darkroom</title>');
    expect(html).toContain('No picture was asked for yet.');
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:/i);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(form(html)).toContain('placeholder="black-forest-labs/flux-schnell"');
    expect(html.indexOf('id="prompt"')).toBeLessThan(html.indexOf('id="found"'));
  });

  it('shows how a style rewrites the prompt, and the source, as text', async () => {
    const { html } = await post('/admin/generate/preview', {
      ...{ prompt: `a boat ${NASTY}.`, style: 'watercolour', sourceImage: 'x' },
    });
    expect(html).toContain('A watercolour painting of a boat &lt;script&gt;');
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('There is no image of this id.');
    expect((await post('/admin/generate/preview', { prompt: 'x'.repeat(4_001) })).html).toContain(
      '<p class="bad">4,001 of 4,000 characters.',
    );
  });

  it('names every problem of a request, and keeps everything that was typed', async () => {
    const fields = {
      ...{ prompt: ' ', width: '12', height: 'tall', seed: '-1', steps: '900' },
      ...{ model: NASTY, strength: '0.5', priority: '7', ownerId: 'ann', style: 'pixel-art' },
    };
    const problems = [
      'The prompt is empty.',
      'The width must be a whole number of pixels from 64 to 2048.',
      'The height must be a whole number of pixels from 64 to 2048.',
      'The seed must be a whole number from 0 to 2147483647.',
      'The number of steps must be a whole number from 1 to 200.',
      'A strength needs a source image.',
    ];
    const scripted = await post('/admin/generate', fields, true);
    expect(scripted.status).toBe(400);
    expect(scripted.html).toMatch(/^<ul class="problem">/);
    for (const problem of problems) expect(scripted.html).toContain(`<li>${problem}</li>`);

    const { status, html } = await post('/admin/generate', fields);
    expect(status).toBe(400);
    for (const problem of problems) expect(form(html)).toContain(`<li>${problem}</li>`);
    for (const value of ['12', 'tall', '-1', '900', '0.5', '7', 'ann']) {
      expect(form(html)).toContain(`value="${value}"`);
    }
    expect(form(html)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;');
    expect(form(html)).toContain('<option value="pixel-art" selected="">pixel art</option>');
    expect(await darkroom().generations()).toEqual([]);
  });

  it('puts a new one at the front of the history in its final shape, and turns it into the picture', async () => {
    const asked = { ...SIZE, prompt: `a lighthouse ${NASTY}`, seed: '7', style: 'cinematic' };
    const { html, status } = await post('/admin/generate', asked, true);
    expect(status).toBe(200);
    const { id } = await newest();
    expect(html).toMatch(/^<ul hx-swap-oob="afterbegin:#jobs">/);
    expect(card(html, id)).toContain('class="shape r150"');
    expect(card(html, id)).toContain(`action="/admin/generate/${id}/cancel"`);
    expect(card(html, id)).toContain('a lighthouse &lt;script&gt;');

    let seen = marks(html);
    let last = '';
    await vi.waitFor(async () => {
      const query = seen.map((mark) => `live=${encodeURIComponent(mark)}`).join('&');
      const answer = await get(`/admin/generate/cards?${query}`);
      if (answer.status === 204) expect(seen).toEqual([]);
      last = answer.html;
      seen = marks(last);
      expect(seen).toEqual([]);
    }, PATIENT);
    expect(last).toContain('Completed: a lighthouse');
    expect(last).toContain('<title>Generate - Darkroom</title>');
    const { imageId, model } = (await ended(id)) ?? {};
    expect(imageId).toBeDefined();
    expect(card(last, id)).toContain(`href="/admin/images/${imageId}"`);
    expect(card(last, id)).toContain('<source type="image/avif"');
    expect(card(last, id)).toContain('class="shape r150 ended"');
    expect(card(last, id)).toContain(`96 × 64 px, ${model ?? 'seed'}`);
    expect((await get(`/admin/generate/cards?live=${id}|x`)).html).toContain(`job-${id}`);
    expect((await get('/admin/generate/cards')).status).toBe(204);
  });

  it('the page of one has every field, what was sent, and a link to its workflow', async () => {
    const { id, imageId, predictionId } = await newest();
    const { html } = await get(`/admin/generate/${id}`);
    expect(html).not.toMatch(/\sstyle=|<style|\son\w+=|javascript:/i);
    expect(html).toContain('A film still of a lighthouse &lt;script&gt;');
    expect(html).toContain(`/namespaces/default/workflows/generation%3A${id}`);
    expect(html).toContain(`<dd>${predictionId}</dd>`);
    for (const fact of ['cinematic', '7', '96 × 64 px', 'png', 'mock', '1 of 3']) {
      expect(html).toContain(`<dd>${fact}</dd>`);
    }
    expect(html).not.toContain('hx-trigger="every 1s"');
    const image = (await get(`/admin/images/${imageId}`)).html;
    expect(image).toContain('Made from the prompt “a lighthouse &lt;script&gt;');
    expect(image).toContain(', seed 7');
    expect(image).toContain(`href="/admin/generate/${id}"`);
    expect(image).toContain(`href="/admin/generate?source=${imageId}"`);

    const missing = await get('/admin/generate/nothing');
    expect(missing.status).toBe(404);
    expect(missing.html).toContain('There is no such generation.');
  });

  it('begins with an image, whose owner it names, or with an earlier request', async () => {
    const body = await picture({ widthPx: 96, heightPx: 64, seed: 5 });
    const { id } = await darkroom().upload({ ownerId: 'ann', fileName: 'boat.jpg', body });
    const sourced = form((await get(`/admin/generate?source=${id}`)).html);
    expect(sourced).toContain(`value="${id}"`);
    expect(sourced).toContain(`href="/admin/images/${id}"`);
    expect(sourced).toContain('value="ann"');
    const others = await post('/admin/generate', { prompt: 'a boat', sourceImage: id }, true);
    expect(others.html).toContain(`<li>The owner has no image ${id}.</li>`);

    const { id: earlier } = await newest();
    const again = form((await get(`/admin/generate?again=${earlier}`)).html);
    expect(again).toContain('a lighthouse &lt;script&gt;');
    expect(again).toContain('<option value="cinematic" selected="">');
    expect(again).toMatch(/name="seed"[^>]*value="7"/);
    expect(again).not.toContain('open=""');
    expect(again).toMatch(/name="width"[^>]*value="96"/);
  });

  it('without script goes on with the form that was sent', async () => {
    const { status, to } = await post('/admin/generate', { ...SIZE, prompt: 'two herons' });
    const { id } = await newest();
    expect([status, to]).toEqual([303, `/admin/generate?again=${id}`]);
    await ended(id);
  });

  it('says in plain words why one failed, there and in Settings', async () => {
    const refused = { ...SIZE, prompt: 'a red barn', provider: 'replicate' };
    await post('/admin/generate', refused, true);
    const { id } = await newest();
    expect(await ended(id)).toMatchObject({ status: 'failed' });
    const says = 'The provider is not configured.';
    const shown = card((await get('/admin/generate')).html, id);
    expect(shown).toContain(says);
    expect(shown).toContain('REPLICATE_API_TOKEN is not set.');
    expect(shown).toContain('Try again');
    expect((await get(`/admin/generate/${id}`)).html).toContain(says);
    const settings = (await get('/admin/settings')).html;
    const row = settings.slice(settings.indexOf('<th scope="row">generation</th>'));
    expect(row).toContain(says);
    expect(row).toContain(`href="/admin/generate/${id}"`);
  });

  it('lists by state, and page by page', async () => {
    const { id } = await newest();
    const failed = (await get('/admin/generate?status=failed')).html;
    expect(failed.match(/<li class="job"/g)).toHaveLength(1);
    expect(failed).toContain(`id="job-${id}"`);
    expect(failed).toContain('<option value="failed" selected="">Failed');
    expect((await get('/admin/generate?status=nonsense')).status).toBe(200);

    await site.pipeline.stopWorkers();
    const waiting = { prompt: 'a waiting one', width: 64, height: 64 };
    await darkroom().generate(Array.from({ length: 25 }, () => waiting));
    const { html } = await get('/admin/generate');
    expect(html.match(/<li class="job"/g)).toHaveLength(24);
    const next = /href="(\/admin\/generate\?after=[^"]+)"/.exec(html)?.[1] ?? '';
    const later = await get(next);
    expect(later.html.match(/<li class="job"/g)).toHaveLength(4);
    await vi.waitFor(async () => {
      expect((await get(next)).html).toContain('<title>25 under way, Generate - Darkroom</title>');
    }, PATIENT);
  });

  it('has one cancelled, and says so', async () => {
    const { id } = await newest();
    expect(await post(`/admin/generate/${id}/cancel`)).toMatchObject({
      ...{ status: 303, to: `/admin/generate/${id}` },
    });
    const asked = (await get(`/admin/generate/${id}`)).html;
    expect(asked).toMatch(/Being cancelled|Cancelled/);
    await site.pipeline.startWorkers();
    expect(await ended(id)).toMatchObject({ status: 'cancelled' });
    expect(card((await get('/admin/generate')).html, id)).toContain('It was cancelled.');
    const late = await post(`/admin/generate/${id}/cancel`, {}, true);
    expect(late.status).toBe(409);
    expect(late.html).toContain('Not done.');
  });

  it('says in Settings what providers failed, and nothing of requests that nobody could meet', async () => {
    const sourceImage = 'https://127.0.0.1/boat.jpg';
    const id = await ask(site.pipeline, { ownerId: 'ann', sourceImage, maxAttempts: 1 });
    const { failure } = (await ended(id)) ?? {};
    expect(failureOf(failure?.kind ?? 'Unexpected').fault).not.toBe('provider');
    const settings = (await get('/admin/settings')).html;
    const row = settings.slice(settings.indexOf('<th scope="row">generation</th>'));
    expect(row).toContain('The provider is not configured.');
    expect(row).not.toContain(id);
    expect(row.slice(0, row.indexOf('</tr>'))).not.toContain('class="state');
  });

  it('asks for the same version, tries and time-out when it begins with an earlier request', async () => {
    const version = 'a'.repeat(64);
    const asked = { ...{ model: 'ann/boats', modelVersion: version }, maxAttempts: 5 };
    const id = await ask(site.pipeline, { ...asked, timeoutSeconds: 60 });
    const again = form((await get(`/admin/generate?again=${id}`)).html);
    expect(again).toMatch(new RegExp(`name="model"[^>]*value="ann/boats:${version}"`));
    expect(again).toMatch(/name="maxAttempts"[^>]*value="5"/);
    expect(again).toMatch(/name="timeoutSeconds"[^>]*value="60"/);
    await ended(id);
    await post('/admin/generate', { prompt: 'boats', maxAttempts: '5', timeoutSeconds: '60' });
    const sent = await newest();
    expect(sent).toMatchObject({ maxAttempts: 5, timeoutSeconds: 60 });
    await ended(sent.id);
  });
});
