import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/dev/ports.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { sampleValues, type Samples } from './samples.js';

/** A worker process as operators run it, scraped as Prometheus does. */
describe('the /metrics of a worker', () => {
  let test: TestStack;
  let samples: Samples;
  let port: number;

  const scrape = async (path = '/metrics', token = 'only for the scraper') =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });

  beforeAll(async () => {
    port = await freePort();
    test = await startTestStack({
      METRICS_PORT: String(port),
      METRICS_TOKEN: 'only for the scraper',
      ENCODERS: '2',
    });
    await test.addPhotos(2);
    await test.addBroken('broken.jpg');
    const { runId } = await test.darkroom.backfill.start();
    await vi.waitUntil(async () => (await test.catalog.runs.get(runId))?.finishedAt !== undefined, {
      timeout: 60_000,
      interval: 100,
    });
    const answer = await scrape();
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    samples = sampleValues(await answer.text());
  }, 120_000);
  afterAll(() => test[Symbol.asyncDispose]());

  it('counts every try of every step, how long it took and how long it waited', () => {
    const count = (step: string, outcome = 'done') =>
      samples.get(`darkroom_step_duration_seconds_count{step="${step}",outcome="${outcome}"}`);
    expect(count('prepareOriginal')).toBe(2);
    expect(count('prepareOriginal', 'failed')).toBe(1);
    expect(count('renderTier')).toBe(6);
    expect(count('describeImage')).toBe(2);
    expect(count('embedImage')).toBe(2);
    expect(samples.get('darkroom_step_schedule_to_start_seconds_count{step="renderTier"}')).toBe(6);
  });

  it('counts failures by kind', () => {
    const failures = [...samples].filter(([name]) => name.startsWith('darkroom_step_failures'));
    expect(failures).toEqual([
      ['darkroom_step_failures_total{step="prepareOriginal",kind="NotAnImage",final="yes"}', 1],
    ]);
  });

  it('tells how busy the encoders are', () => {
    expect(samples.get('darkroom_encoders')).toBe(2);
    expect(samples.get('darkroom_encoders_busy')).toBe(0);
    expect(samples.get('darkroom_encoder_jobs_waiting')).toBe(0);
    expect(samples.get('darkroom_encoder_restarts_total')).toBe(0);
  });

  it('tells how long the queues are and who serves them', () => {
    for (const queue of ['darkroom', 'darkroom-imaging', 'darkroom-metadata', 'darkroom-scratch']) {
      const labels = `{queue="${queue}",takes="activities"}`;
      expect(samples.get(`darkroom_queue_waiting${labels}`)).toBe(0);
      expect(samples.get(`darkroom_queue_oldest_seconds${labels}`)).toBe(0);
      expect(samples.get(`darkroom_queue_pollers${labels}`)).toBeGreaterThan(0);
    }
    expect(
      samples.get('darkroom_queue_pollers{queue="darkroom",takes="workflows"}'),
    ).toBeGreaterThan(0);
  });

  it('holds what Node and the Temporal SDK tell of themselves', () => {
    const names = [...samples.keys()].map((key) => key.replace(/\{.*/, ''));
    expect(names).toContain('nodejs_eventloop_lag_p50_seconds');
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).toContain('temporal_workflow_completed_total');
    expect(names).toContain('temporal_activity_schedule_to_start_latency_seconds_count');
  });

  it('names no image in any label', async () => {
    const images = await test.darkroom.images();
    expect(images).toHaveLength(3);
    const text = [...samples.keys()].join('\n');
    for (const { id } of images) expect(text).not.toContain(id);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it('wants the token when there is one; /healthz wants none', async () => {
    expect((await scrape('/metrics', 'somebody else')).status).toBe(401);
    const alive = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(alive.status).toBe(200);
    await expect(alive.json()).resolves.toEqual({ ok: true });
  });

  it('logs workflow, run, image and attempt with every line of an activity', async () => {
    const images = await test.darkroom.images();
    // Lines are put in order before they are written, so the last ones come late.
    const logged = (message: string) => async () =>
      (await test.workerLog()).filter((line) => line.includes(`"${message}"`)).length;
    await expect.poll(logged('variant encoded'), { timeout: 10_000 }).toBe(12);
    await expect.poll(logged('Activity failed'), { timeout: 10_000 }).toBe(1);
    const lines = (await test.workerLog()).map((line) => JSON.parse(line) as object);
    const encoded = lines.filter((line) => 'message' in line && line.message === 'variant encoded');
    for (const line of encoded) {
      expect(line).toMatchObject({
        level: 'info',
        workflowId: expect.stringMatching(/^image:/),
        runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        imageId: expect.toSatisfy((id: string) => images.some((image) => image.id === id)),
        attempt: 1,
        activityType: 'renderTier',
      });
      expect(line).not.toHaveProperty('taskToken');
    }
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'Activity failed',
        attempt: 1,
        imageId: expect.any(String),
        error: expect.objectContaining({ kind: 'NotAnImage', message: expect.any(String) }),
      }),
    );
  });
});
