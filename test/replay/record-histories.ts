import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterEach, it, vi } from 'vitest';
import {
  BACKFILL_WORKFLOW_ID,
  deleteWorkflowId,
  deliveryWorkflowId,
  FAILURE_DIGEST_WORKFLOW_ID,
  FSCK_WORKFLOW_ID,
  imageWorkflowId,
  SWEEP_WORKFLOW_ID,
} from '../../src/domain/ids.js';
import type { RunStatus } from '../../src/domain/runs.js';
import { generationWorkflowId } from '../../src/domain/ids.js';
import {
  ask,
  ended as generationEnded,
  QUICK,
  until,
  workflowEnd,
} from '../support/generations.js';
import { deliveryWorkWith } from '../../src/client/delivery-work.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { encodingBehind } from '../support/held-encodes.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openReceiver } from '../support/receiver.js';

// RECORD_HISTORIES=1 npx vitest run: one history for every shape that a workflow can take.

let pipeline: Pipeline;
afterEach(() => pipeline[Symbol.asyncDispose]());

it('records an image that gets ready, and one that is processed again', async () => {
  pipeline = await startPipeline();
  const [imageId] = await add({ 'ready.jpg': await small() });
  await pipeline.darkroom.process(imageId, { wait: true });
  await record(imageWorkflowId(imageId), 'image-ready');
  await pipeline.darkroom.process(imageId, { wait: true, force: true });
  await record(imageWorkflowId(imageId), 'image-forced');
});

it('records an image that fails', async () => {
  pipeline = await startPipeline();
  const [imageId] = await add({ 'text.jpg': Buffer.from('no picture') });
  await pipeline.darkroom.process(imageId, { wait: true }).catch(() => undefined);
  await record(imageWorkflowId(imageId), 'image-failed');
});

it('records an image whose description fails', async () => {
  pipeline = await startPipeline({
    replace: ({ metadata }) => ({
      metadata: { ...metadata, describe: () => Promise.reject(new Error('no words')) },
    }),
  });
  const [imageId] = await add({ 'mute.jpg': await small() });
  await pipeline.darkroom.process(imageId, { wait: true }).catch(() => undefined);
  await record(imageWorkflowId(imageId), 'image-description-failed');
});

it('records an image that is asked for again while it runs, and one that is cancelled', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'twice.jpg': await small() });
  await pipeline.darkroom.process(imageId, { steps: ['variants', 'metadata'] });
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  const again = pipeline.darkroom.process(imageId, { steps: ['embedding'], wait: true });
  await vi.waitUntil(async () => (await signals(imageWorkflowId(imageId))) === 2, 10_000);
  held.open();
  await again;
  await record(imageWorkflowId(imageId), 'image-two-passes');
});

it('records an image that two ask for at once, one of them to have it made again', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'again.jpg': await small() });
  await pipeline.darkroom.process(imageId);
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  await pipeline.darkroom.process(imageId, { steps: ['variants'], force: true });
  const asked = pipeline.darkroom.process(imageId, { steps: ['metadata'], wait: true });
  await vi.waitUntil(async () => (await signals(imageWorkflowId(imageId))) === 3, 10_000);
  held.open();
  await asked;
  await record(imageWorkflowId(imageId), 'image-forced-apart');
});

it('records an image that is cancelled', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'cancelled.jpg': await small() });
  await pipeline.darkroom.process(imageId);
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
  await handle.cancel();
  await handle.result().catch(() => undefined);
  await record(imageWorkflowId(imageId), 'image-cancelled');
});

it('records a backfill with failures', async () => {
  pipeline = await startPipeline();
  await add({ 'a.jpg': await small(), 'b.jpg': Buffer.from('no picture') });
  await pipeline.darkroom.backfill.start();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-with-failures');
});

it('records both ends of a backfill that continues as new', async () => {
  pipeline = await startPipeline();
  await add({ 'a.jpg': await small(1), 'b.jpg': await small(2), 'c.jpg': await small(3) });
  const { runId } = await pipeline.darkroom.backfill.start({ pageSize: 1, pagesPerExecution: 2 });
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-continued', runId);
  await record(BACKFILL_WORKFLOW_ID, 'backfill-continuation');
});

it('records a backfill that is cancelled', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  await add({ 'a.jpg': await small() });
  await pipeline.darkroom.backfill.start();
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  await pipeline.darkroom.backfill.cancel();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-cancelled');
});

it('records a backfill that joins somebody else’s work', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'a.jpg': await small() });
  await pipeline.darkroom.process(imageId);
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  await pipeline.darkroom.backfill.start();
  await vi.waitUntil(async () => (await signals(imageWorkflowId(imageId))) === 2, 10_000);
  held.open();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-joined-beside');
});

it('records an image of a run that somebody else asks for meanwhile', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'a.jpg': await small() });
  await pipeline.darkroom.backfill.start();
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  const asked = pipeline.darkroom.process(imageId, { wait: true });
  await vi.waitUntil(async () => (await signals(imageWorkflowId(imageId))) === 1, 10_000);
  held.open();
  await asked;
  await record(imageWorkflowId(imageId), 'image-of-others');
});

it('records a backfill that cannot run', async () => {
  pipeline = await startPipeline({ replace: () => ({ variants: undefined }) });
  await add({ 'a.jpg': await small() });
  await pipeline.darkroom.backfill.start();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-failed');
});

it('records a backfill that is paused, and paused still when it continues as new', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  await add({ 'a.jpg': await small(1), 'b.jpg': await small(2) });
  const { runId } = await pipeline.darkroom.backfill.start({ pageSize: 1, pagesPerExecution: 1 });
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  await pipeline.darkroom.backfill.pause();
  await filed('paused');
  await pipeline.darkroom.backfill.resume();
  await filed('running');
  await pipeline.darkroom.backfill.pause();
  await filed('paused');
  held.open();
  const done = async () => (await pipeline.darkroom.backfill.status()).done;
  await vi.waitUntil(async () => (await done()) === 1, { timeout: 20_000 });
  await pipeline.darkroom.backfill.resume();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-paused', runId);
  await record(BACKFILL_WORKFLOW_ID, 'backfill-paused-continuation');
});

it('records a backfill that pauses itself', async () => {
  pipeline = await startPipeline();
  const gone = Array.from({ length: 26 }, (_, index) => [`${index}.jpg`, Buffer.from('-')]);
  await add(Object.fromEntries(gone) as Record<string, Buffer>);
  await rm(pipeline.photos, { recursive: true });
  await pipeline.darkroom.backfill.start();
  await filed('paused');
  await pipeline.darkroom.backfill.resume();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-braked');
}, 120_000);

it('records a backfill with a slow provider, and an image of it', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const [imageId] = await add({ 'a.jpg': await small(1), 'b.jpg': await small(2) });
  await pipeline.darkroom.backfill.start({ concurrency: 1 });
  const describing = async () => (await pipeline.darkroom.backfill.status()).describing;
  await vi.waitUntil(async () => (await describing()) === 2, { timeout: 20_000 });
  held.open();
  await ended();
  await record(BACKFILL_WORKFLOW_ID, 'backfill-slow-provider');
  await record(imageWorkflowId(imageId), 'image-left-window');
});

it('records an image whose description is deferred', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg'];
  const pictures = names.map(async (name, seed) => [name, await small(seed)] as const);
  const [last, ...busy] = await add(Object.fromEntries(await Promise.all(pictures)));
  for (const id of busy) await pipeline.darkroom.process(id);
  await vi.waitUntil(() => held.waiting === busy.length, { timeout: 30_000 });
  await pipeline.darkroom.process(last, { wait: true });
  await record(imageWorkflowId(last), 'image-deferred');
}, 120_000);

it('records an image that meets another recipe half-way', async () => {
  const held = gate();
  pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
  const [imageId] = await add({ 'a.jpg': await small() });
  await pipeline.darkroom.process(imageId);
  await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
  await pipeline.stopWorkers();
  pipeline.deps.recipeHash = 'another';
  held.open();
  await pipeline.startWorkers();
  await pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).result();
  await record(imageWorkflowId(imageId), 'image-other-recipe');
});

it('records a deletion and a sweep', async () => {
  pipeline = await startPipeline();
  const [imageId] = await add({ 'a.jpg': await small() });
  await pipeline.darkroom.process(imageId, { wait: true });
  await pipeline.darkroom.delete(imageId);
  await record(deleteWorkflowId(imageId), 'delete');
  await pipeline.darkroom.sweep();
  await record(SWEEP_WORKFLOW_ID, 'sweep-generations');
});

it('records a comparison of catalog and storage that repairs', async () => {
  pipeline = await startPipeline();
  const [imageId] = await add({ 'compared.jpg': await small() });
  await pipeline.darkroom.process(imageId, { wait: true });
  const [variant] = await pipeline.deps.catalog.images.variants(imageId);
  await rm(join(pipeline.env.VARIANT_STORAGE ?? '', variant?.key ?? ''));
  await pipeline.darkroom.fsck({ repair: true });
  await record(FSCK_WORKFLOW_ID, 'fsck-found-first');
});

it('records deliveries and a digest', async () => {
  pipeline = await startPipeline({
    workers: false,
    env: { ALLOW_PRIVATE_URLS: '1', FAILURE_DIGEST_SECONDS: '1' },
  });
  pipeline.deps.deliveries = deliveryWorkWith(pipeline.temporal, {
    ...{ waitsSeconds: [0.05], windowSeconds: 1 },
  });
  await pipeline.startWorkers();
  const answers = [500, 204];
  const { url } = await openReceiver(() => answers.shift() ?? 500);
  const events = ['image.failed', 'failures.grouped'];
  await pipeline.darkroom.webhooks.create({ url, events });
  const [imageId] = await add({ 'text.jpg': Buffer.from('no picture') });
  await pipeline.darkroom.process(imageId, { wait: true }).catch(() => undefined);
  await vi.waitUntil(async () => (await deliveries()).length === 2, { timeout: 20_000 });
  await vi.waitUntil(async () => (await deliveries()).every(({ state }) => state !== 'pending'), {
    timeout: 20_000,
  });
  for (const { id, state } of await deliveries()) {
    await record(deliveryWorkflowId(id), `delivery-${state}`);
  }
  await record(FAILURE_DIGEST_WORKFLOW_ID, 'failure-digest');
});

it('records generations that are completed, failed, cancelled and overtaken', async () => {
  pipeline = await startPipeline({
    replace: () => QUICK,
    env: { MOCK_GENERATION_MS: '300', GENERATION_CONCURRENCY: '1' },
  });
  const completed = await ask(pipeline);
  await generationEnded(pipeline, completed);
  await record(generationWorkflowId(completed), 'generation-completed');
  const failed = await ask(pipeline, { provider: 'replicate' });
  await workflowEnd(pipeline, failed);
  await record(generationWorkflowId(failed), 'generation-failed');

  await pipeline.stopWorkers();
  const overtaken = await ask(pipeline, { priority: 1 });
  const ahead = await ask(pipeline, { priority: 2 });
  await pipeline.startWorkers();
  for (const id of [ahead, overtaken]) await workflowEnd(pipeline, id);
  await record(generationWorkflowId(overtaken), 'generation-overtaken');
});

it('records a generation that is cancelled', async () => {
  pipeline = await startPipeline({ replace: () => QUICK, env: { MOCK_GENERATION_MS: '60000' } });
  const id = await ask(pipeline);
  await until(pipeline, id, 'processing');
  await pipeline.darkroom.cancelGeneration(id);
  await workflowEnd(pipeline, id);
  await record(generationWorkflowId(id), 'generation-cancelled');
});

const deliveries = () => pipeline.darkroom.webhooks.deliveries();
const small = (seed = 0) => picture({ format: 'jpeg', widthPx: 700, heightPx: 500, seed });

async function add(pictures: Record<string, Buffer>): Promise<[string, ...string[]]> {
  await pipeline.addPictures(pictures);
  const [first, ...rest] = await pipeline.darkroom.images();
  if (first === undefined) throw new Error('Nothing was imported.');
  return [first.id, ...rest.map(({ id }) => id)];
}

async function ended(): Promise<void> {
  await vi.waitUntil(
    async () => (await pipeline.darkroom.backfill.runs())[0]?.finishedAt !== undefined,
    { timeout: 30_000 },
  );
  await pipeline.temporal.workflow
    .getHandle(BACKFILL_WORKFLOW_ID)
    .result()
    .catch(() => undefined);
}

/** Waits until the row of the run says so. */
async function filed(status: RunStatus): Promise<void> {
  await vi.waitUntil(async () => (await pipeline.darkroom.backfill.runs())[0]?.status === status, {
    timeout: 50_000,
  });
}

async function signals(workflowId: string): Promise<number> {
  const { events } = await pipeline.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

async function record(workflowId: string, name: string, runId?: string): Promise<void> {
  const handle = pipeline.temporal.workflow.getHandle(workflowId, runId);
  const history: History = await handle.fetchHistory();
  const path = join(import.meta.dirname, 'histories', `${name}.json`);
  await writeFile(path, `${JSON.stringify(anonymous(historyToJSON(history)), null, 1)}\n`);
}

/** Without who recorded it and where: a replay needs neither. */
function anonymous(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) => {
    if (key === 'identity') return 'worker';
    return key === 'stackTrace' ? '' : value;
  });
}
