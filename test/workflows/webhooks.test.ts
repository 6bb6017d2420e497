import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunningDeliveries } from '../../src/activities/deps.js';
import { deliveryWorkWith, type DeliverySettings } from '../../src/client/delivery-work.js';
import type { NewWebhook } from '../../src/client/webhooks.js';
import { deliveryWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { isSignedWith, openReceiver, type Refusal } from '../support/receiver.js';
import { STEPS } from '../../src/domain/image.js';
import { runEnd } from '../support/run-end.js';

const SOON = { timeout: 20_000, interval: 25 };
/** Those of policies.ts take three days. */
const WAITS = [0.05, 0.05, 0.05];

describe('an event', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  async function open(settings: DeliverySettings = {}, deliveries?: RunningDeliveries) {
    pipeline = await startPipeline({ workers: false, env: { ALLOW_PRIVATE_URLS: '1' } });
    const quick = { waitsSeconds: WAITS, windowSeconds: 1, ...settings };
    pipeline.deps.deliveries = deliveries ?? deliveryWorkWith(pipeline.temporal, quick);
    await pipeline.startWorkers();
  }
  async function listen(answer: () => Refusal = () => 204, more: Partial<NewWebhook> = {}) {
    const receiver = await openReceiver(answer);
    const made = await pipeline.darkroom.webhooks.create({ url: receiver.url, ...more });
    return { receiver, ...made };
  }
  const photo = (seed = 1) => picture({ widthPx: 300, heightPx: 200, seed });
  async function upload(body: Buffer): Promise<string> {
    const { id } = await pipeline.darkroom.upload({ ownerId: 'ann', fileName: 'a.jpg', body });
    const work = pipeline.temporal.workflow.getHandle(imageWorkflowId(id));
    await work.result().catch(() => undefined);
    return id;
  }
  const newest = async () => (await pipeline.darkroom.webhooks.deliveries())[0];
  const becomes = (state: string) =>
    vi.waitUntil(async () => (await newest())?.state === state, SOON);
  const workflows = async (type: string) => {
    const found = [];
    const query = `WorkflowType = "${type}" AND ExecutionStatus = "Running"`;
    for await (const it of pipeline.temporal.workflow.list({ query })) found.push(it);
    return found;
  };

  it('of every type arrives signed, and an owner hears of its own images only', async () => {
    await open();
    const all = await listen();
    const ann = await listen(() => 200, { ownerId: 'ann' });
    const good = await upload(await photo());
    await pipeline.darkroom.delete(good);
    await pipeline.addPictures({ 'bad.jpg': Buffer.from('no picture') });
    const { runId } = await pipeline.darkroom.backfill.start();
    await runEnd(pipeline, runId);
    await vi.waitUntil(() => all.receiver.of('run.finished').length === 1, SOON);
    await vi.waitUntil(() => ann.receiver.received.length === 2, SOON);

    const told = all.receiver.received.map(({ event }) => event);
    const about = (type: string) => told.find((event) => event.type === type)?.data;
    expect(about('image.completed')).toMatchObject({ imageId: good, variantsReady: true });
    expect(about('image.failed')).toMatchObject({ fileName: 'bad.jpg', failures: [{}, {}, {}] });
    expect(about('image.deleted')).toMatchObject({ imageId: good, ownerId: 'ann' });
    expect(about('run.finished')).toMatchObject({ runId, done: 0, failed: 1 });
    expect(all.receiver.received.every((it) => isSignedWith(all.secret, it))).toBe(true);
    expect(ann.receiver.received.every((it) => isSignedWith(ann.secret, it))).toBe(true);
    const types = ann.receiver.received.map(({ event }) => event.type);
    expect(types.sort()).toEqual(['image.completed', 'image.deleted']);
    const ids = [...all.receiver.received, ...ann.receiver.received].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }, 60_000);

  it('costs nothing when there is nobody to tell', async () => {
    await open();
    const started: string[] = [];
    const { deliveries } = pipeline.deps;
    pipeline.deps.deliveries = {
      start: (due) => (started.push(due.id), deliveries.start(due)),
      startDigest: () => (started.push('digest'), deliveries.startDigest()),
    };
    const [good, bad] = [await upload(await photo()), await upload(Buffer.from('no'))];
    const activitiesOf = async (id: string) => {
      const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(id));
      const { events } = await handle.fetchHistory();
      const scheduled = events?.map((it) => it.activityTaskScheduledEventAttributes);
      return scheduled?.flatMap((it) => it?.activityType?.name ?? []).sort();
    };
    expect(await activitiesOf(good)).toEqual([
      ...['describeImage', 'embedImage', 'prepareOriginal', 'renderTier'],
    ]);
    expect(await activitiesOf(bad)).toEqual(['prepareOriginal', 'recordFailure']);
    expect(started).toEqual([]);
  }, 60_000);

  it('is sent again under its id until somebody takes it; a redirect is no answer', async () => {
    await open();
    const answers: Refusal[] = [
      500,
      (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (response) => response.destroy(),
      202,
    ];
    const { receiver, secret } = await listen(() => answers.shift() ?? 500);
    const id = await upload(await photo());
    await becomes('delivered');

    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map((it) => it.id)).size).toBe(1);
    expect(new Set(receiver.received.map((it) => it.body)).size).toBe(1);
    expect(receiver.received.every((it) => isSignedWith(secret, it))).toBe(true);
    expect(await newest()).toMatchObject({
      ...{ id: receiver.received[0]?.id, about: id, attempts: 4, lastStatus: 202 },
      deliveredAt: expect.any(Date),
    });
  }, 60_000);

  it('is dead after the last try, says why, and can be sent again', async () => {
    await open();
    let status = 307;
    const { receiver } = await listen(() => status);
    await upload(await photo());
    await becomes('dead');
    expect(receiver.received).toHaveLength(WAITS.length + 1);
    const dead = await newest();
    expect(dead).toMatchObject({ attempts: 4, lastStatus: 307 });
    expect(dead?.lastError).toBe('It answered 307: redirects are not followed.');
    expect(await pipeline.darkroom.webhooks.deliveries({ state: 'dead' })).toHaveLength(1);

    status = 200;
    await pipeline.darkroom.webhooks.resend(dead?.id ?? '');
    await becomes('delivered');
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([dead?.id]));
    expect(await newest()).toMatchObject({ attempts: 1, lastStatus: 200 });
    await pipeline.darkroom.webhooks.resend(dead?.id ?? '');
    await vi.waitUntil(() => receiver.received.length === WAITS.length + 3, SOON);
  }, 60_000);

  it('answered with 410 disables the endpoint, until it is enabled again', async () => {
    await open();
    let status = 410;
    const { receiver, id } = await listen(() => status);
    await upload(await photo());
    await becomes('dead');
    const { webhooks } = pipeline.darkroom;
    await vi.waitUntil(async () => (await webhooks.list())[0]?.disabledAt !== undefined, SOON);
    const [endpoint] = await webhooks.list();
    expect(endpoint?.disabledBecause).toBe('It answered 410: it wants no more events.');
    await upload(await photo(2));
    expect(await webhooks.deliveries()).toHaveLength(1);
    expect(receiver.received).toHaveLength(1);
    const dead = (await newest())?.id ?? '';
    const disabled = { kind: 'EndpointDisabled' };
    await expect(webhooks.resend(dead)).rejects.toMatchObject(disabled);
    await expect(webhooks.test(id)).rejects.toMatchObject(disabled);

    status = 204;
    await webhooks.enable(id);
    await webhooks.resend(dead);
    await becomes('delivered');
    const { deliveryId } = await webhooks.test(id);
    await vi.waitUntil(() => receiver.of('endpoint.test')[0]?.id === deliveryId, SOON);
  }, 60_000);

  it('whose start was lost with the worker is started by the sweep', async () => {
    let lost = 0;
    const deaf = () => {
      lost += 1;
      return Promise.reject(new Error('killed between commit and start'));
    };
    await open({}, { start: deaf, startDigest: deaf });
    const { receiver } = await listen();
    await listen(() => 204, { admin: true });
    const id = await upload(Buffer.from('no picture'));
    await vi.waitUntil(() => lost === 1, SOON);
    expect((await pipeline.darkroom.image(id))?.status).toBe('failed');
    pipeline.deps.deliveries = deliveryWorkWith(pipeline.temporal, { windowSeconds: 1 });
    await pipeline.stopWorkers();
    await pipeline.startWorkers();
    // Whoever starts it in time is not overtaken.
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ deliveriesStarted: 0 });
    await lateBy3Minutes(pipeline.env.DATABASE_URL ?? '');
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ deliveriesStarted: 1 });

    await vi.waitUntil(() => receiver.of('image.failed').length === 1, SOON);
    await vi.waitUntil(async () => (await newest())?.type === 'failures.grouped', SOON);
    await becomes('delivered');
  }, 60_000);

  it('tells an owner why, and administrators also what our servers are called', async () => {
    await open();
    const all = await listen();
    const ann = await listen(() => 200, { ownerId: 'ann' });
    const { images } = pipeline.deps.catalog;
    const image = { ownerId: 'ann', original: 'originals/a', fileName: 'a.jpg' };
    const { id } = await images.register({ ...image, status: 'processing' });
    const found = { kind: 'StorageUnavailable', message: 'no answer from 10.0.0.7:7070' } as const;
    await images.recordFailure(id, [...STEPS], { ...found, at: new Date().toISOString() });
    await lateBy3Minutes(pipeline.env.DATABASE_URL ?? '');
    await pipeline.darkroom.sweep();

    const told = async ({ receiver }: typeof all) => {
      await vi.waitUntil(() => receiver.of('image.failed').length === 1, SOON);
      return JSON.stringify(receiver.of('image.failed')[0]?.event.data);
    };
    expect(await told(all)).toContain('10.0.0.7');
    expect(await told(ann)).not.toContain('10.0.0.7');
    expect(await told(ann)).toContain('The storage cannot be reached right now.');
  }, 60_000);

  it('is not tried any more when its endpoint is removed', async () => {
    await open({ waitsSeconds: [3_600] });
    const { id } = await listen(() => 503);
    await upload(await photo());
    await vi.waitUntil(async () => (await newest())?.attempts === 1, SOON);
    const delivery = (await newest())?.id ?? '';
    await pipeline.darkroom.webhooks.remove(id);
    const handle = pipeline.temporal.workflow.getHandle(deliveryWorkflowId(delivery));
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await pipeline.darkroom.webhooks.deliveries()).toEqual([]);
  }, 60_000);

  it('of many failures is one for administrators', async () => {
    await open({ windowSeconds: 3 });
    const { receiver, secret } = await listen(() => 204, { admin: true });
    const broken = Array.from({ length: 12 }, (_, index) => [
      `broken-${index}.jpg`,
      Buffer.from(`no picture ${index}`),
    ]);
    await pipeline.addPictures(Object.fromEntries(broken) as Record<string, Buffer>);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 12 });
    await runEnd(pipeline, runId);
    await vi.waitUntil(() => receiver.of('failures.grouped').length > 0, SOON);
    await vi.waitUntil(async () => (await workflows('failureDigest')).length === 0, SOON);

    const grouped = receiver.of('failures.grouped');
    const counts = grouped.map(({ event }) => event.data.failures as number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
    // One, or two when this machine is so slow that the run outlasts the window.
    expect(grouped.length).toBeLessThanOrEqual(2);
    expect(grouped[0]?.event.data.groups).toMatchObject([
      { kind: 'NotAnImage', images: [{}, {}, {}, {}, {}] },
    ]);
    expect(receiver.of('image.failed')).toEqual([]);
    expect(receiver.of('run.finished')).toHaveLength(1);
    expect(receiver.received.every((it) => isSignedWith(secret, it))).toBe(true);
  }, 60_000);
});

/** As if what waits had waited since then. */
async function lateBy3Minutes(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const since = `now() - interval '3 minutes'`;
  await client.query(`update webhook_deliveries set next_attempt_at = ${since}`);
  await client.query(`update webhook_failures set at = ${since}`);
  await client.end();
}
