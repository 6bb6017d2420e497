import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/http/app.js';
import { openHttp } from '../../src/http/open-http.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { encodingBehind } from '../support/held-encodes.js';
import { startHttp, type Ask, type TestHttp } from '../support/http.js';
import { runEnd } from '../support/run-end.js';

const TASKS = '/api/v1/preprocess-tasks';

/** In the order in which a library lives: empty, full, processed. */
describe.sequential('the routes of backfills', () => {
  const held = gate();
  let http: TestHttp;
  let ids: string[];
  let firstRun: string;
  beforeAll(async () => {
    http = await startHttp({ replace: (deps) => encodingBehind(deps, held) });
  });
  afterAll(() => http[Symbol.asyncDispose]());

  const ask = (path: string, how?: Ask) => http.ask(`${TASKS}${path}`, how);
  const post = (path: string, json?: unknown) => ask(path, { method: 'POST', json });

  it('refuse a start with nothing to do, and without a storage for variants', async () => {
    expect(await post('/runs')).toMatchObject({ status: 409, body: { kind: 'NoImages' } });
    await using bare = await openHttp({ ...http.pipeline.env, VARIANT_STORAGE: '' });
    const refused = await buildApp(bare).request(`${TASKS}/runs`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${http.tokens.admin}` } },
    });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      kind: 'StorageNotConfigured',
      title: 'No storage for variants is configured.',
    });
  });

  it('count what a run would take', async () => {
    ids = await addSmall(http.pipeline, 4);
    await http.pipeline.addPictures({ 'broken.jpg': Buffer.from('no picture') });
    expect((await ask('/preview-count')).body).toEqual({
      ...{ images: 5, scope: 'missing', bytes: 0, providerCalls: 10 },
      steps: ['variants', 'metadata', 'embedding'],
    });
    const preview = await ask('/preview-count?force=true&steps=variants,metadata&owner=nobody');
    expect(preview.body).toMatchObject({
      ...{ images: 0, scope: 'all', steps: ['variants', 'metadata'] },
    });
    expect(await ask('/preview-count?scope=everything')).toMatchObject({ status: 400 });
  });

  it.each([
    { scope: 'everything' },
    { force: true, scope: 'failed' },
    { steps: [] },
    { scpoe: 'all' },
    { ids: ['../../etc/passwd'] },
    { ids: Array.from({ length: 1001 }, () => randomUUID()) },
    { concurrency: 0 },
  ])('refuse a start with %j', async (options) => {
    expect(await post('/runs', options)).toMatchObject({
      ...{ status: 400, body: { kind: 'InvalidInput' } },
    });
  });

  it('start one run at a time, of the ids that were named', async () => {
    const started = await post('/runs', { ids: ids.slice(0, 2), concurrency: 1 });
    expect(started).toMatchObject({ status: 201, body: { images: 2 } });
    firstRun = started.body.runId as string;
    expect(started.headers.get('location')).toBe(`${TASKS}/runs/${firstRun}`);
    const second = await post('/runs', { force: true });
    expect(second).toMatchObject({ status: 409, body: { kind: 'AlreadyActive' } });

    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    expect((await ask(`/runs/${firstRun}`)).body).toMatchObject({
      ...{ id: firstRun, status: 'running', total: 2, done: 0, failed: 0, failures: [] },
      progress: { inFlight: 1, concurrency: 1 },
    });
  });

  it('change the concurrency, pause, resume and kick', async () => {
    const changed = await ask(`/runs/${firstRun}`, { method: 'PATCH', json: { concurrency: 3 } });
    expect(changed).toMatchObject({ status: 202, body: { id: firstRun, concurrency: 3 } });
    const progress = async () => (await ask(`/runs/${firstRun}`)).body;
    await vi.waitUntil(async () => held.waiting === 2, { timeout: 20_000 });
    expect(await progress()).toMatchObject({ progress: { inFlight: 2, concurrency: 3 } });

    expect(await post(`/runs/${firstRun}/pause`)).toMatchObject({ status: 202 });
    await vi.waitUntil(async () => (await progress()).status === 'paused', { timeout: 10_000 });
    expect(await post(`/runs/${firstRun}/resume`)).toMatchObject({ status: 202 });
    await vi.waitUntil(async () => (await progress()).status === 'running', { timeout: 10_000 });

    await post(`/runs/${firstRun}/pause`);
    await vi.waitUntil(async () => (await progress()).status === 'paused', { timeout: 10_000 });
    expect(await post(`/runs/${firstRun}/kick`)).toMatchObject({
      ...{ status: 200, body: { id: firstRun, resumed: true, started: 0 } },
    });
    await vi.waitUntil(async () => (await progress()).status === 'running', { timeout: 10_000 });
  });

  it('cancel a run, which ends cancelled', async () => {
    const cancelled = await post(`/runs/${firstRun}/cancel`);
    expect(cancelled).toMatchObject({
      ...{ status: 200, body: { id: firstRun, status: 'cancelled', total: 2 } },
    });
    for (const what of ['cancel', 'pause', 'resume']) {
      const refused = await post(`/runs/${firstRun}/${what}`);
      expect(refused).toMatchObject({ status: 409, body: { kind: 'NotActive' } });
    }
    held.open();
  });

  it('name what failed, and retry just that', async () => {
    const { body } = await post('/runs', { force: true });
    const runId = body.runId as string;
    await runEnd(http.pipeline, runId);
    expect((await ask(`/runs/${runId}`)).body).toMatchObject({
      ...{ status: 'succeeded_with_failures', total: 5, done: 4, failed: 1, scope: 'all' },
      failures: [{ fileName: 'broken.jpg', step: 'variants', kind: 'NotAnImage' }],
    });

    const kicked = await post(`/runs/${runId}/kick`);
    expect(kicked).toMatchObject({ status: 200, body: { resumed: false, started: 1 } });

    expect(await post(`/runs/${runId}/retry`, { kinds: ['ImageEmpty'] })).toMatchObject({
      ...{ status: 409, body: { kind: 'NoImages' } },
    });
    const retried = await post(`/runs/${runId}/retry`, { kinds: ['NotAnImage'] });
    expect(retried).toMatchObject({ status: 201, body: { images: 1 } });
    const ofRetry = await runEnd(http.pipeline, retried.body.runId as string);
    expect(ofRetry).toMatchObject({ scope: 'all', total: 1, failed: 1 });
  });

  it('refuse to control another run than the one that is active', async () => {
    const pausing = http.pipeline.darkroom.backfill.pause(firstRun);
    await expect(pausing).rejects.toMatchObject({ kind: 'NotActive' });
    for (const path of ['/runs/nonsense', '/runs/nonsense/kick', '/runs/nonsense/retry']) {
      const method = path === '/runs/nonsense' ? 'GET' : 'POST';
      expect(await ask(path, { method }), path).toMatchObject({
        ...{ status: 404, body: { kind: 'RunNotFound' } },
      });
    }
  });

  it('page through the runs, newest first', async () => {
    const all = (await ask('/runs')).body.runs as { id: string }[];
    expect(all).toHaveLength(3);
    expect(all.at(-1)).toMatchObject({ id: firstRun, status: 'cancelled' });
    const first = await ask('/runs?limit=2');
    expect(first.body.runs).toEqual(all.slice(0, 2));
    const next = first.body.next as string;
    expect(first.headers.get('link')).toBe(`<${next}>; rel="next"`);
    const second = await http.ask(next);
    expect(second.body).toEqual({ runs: all.slice(2) });
  });

  it('sweep now when they are ticked', async () => {
    expect(await post('/tick')).toMatchObject({
      status: 200,
      body: {
        ...{ success: true, processed: 0, errors: 0 },
        message: 'Started 0 deferred and 0 forgotten images.',
      },
    });
  });

  it('sweep once for all who tick meanwhile', async () => {
    const sweep = vi.spyOn(http.deps.darkroom, 'sweep');
    const answers = await Promise.all([post('/tick'), post('/tick'), post('/tick')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(sweep).toHaveBeenCalledTimes(1);
    expect((await post('/tick')).status).toBe(200);
    expect(sweep).toHaveBeenCalledTimes(2);
    sweep.mockRestore();
  });
});
