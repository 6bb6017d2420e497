import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKFILL_WORKFLOW_ID, imageWorkflowId, TASK_QUEUES } from '../../src/domain/ids.js';
import type { Run } from '../../src/domain/runs.js';
import type { Recipe } from '../../src/domain/recipe.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { encodingBehind } from '../support/held-encodes.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('backfill', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  async function addSmall(count: number): Promise<void> {
    const pictures = await Promise.all(
      Array.from({ length: count }, async (_, seed) => [
        `picture-${seed}.png`,
        await picture({ format: 'png', widthPx: 64, heightPx: 48, seed }),
      ]),
    );
    await pipeline.addPictures(Object.fromEntries(pictures) as Record<string, Buffer>);
  }

  async function ended(runId: string): Promise<Run> {
    await vi.waitUntil(
      async () => (await pipeline.deps.catalog.runs.get(runId))?.finishedAt !== undefined,
      { timeout: 50_000, interval: 50 },
    );
    const run = await pipeline.deps.catalog.runs.get(runId);
    if (run === undefined) throw new Error('The run is gone.');
    return run;
  }

  /** As `temporal workflow start --type backfill ...` does. */
  const startPlainly = (...args: unknown[]) =>
    pipeline.temporal.workflow.start('backfill', {
      workflowId: BACKFILL_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args,
    });

  it('runs with no input at all and makes every image ready', async () => {
    pipeline = await startPipeline();
    await addSmall(4);
    const handle = await startPlainly();
    await handle.result();

    const run = await ended(handle.firstExecutionRunId);
    expect(run).toMatchObject({ status: 'succeeded', scope: 'missing', total: 4, done: 4 });
    expect(await pipeline.darkroom.stats()).toMatchObject({ images: 4, ready: 4, variants: 8 });
  });

  it('encodes nothing the second time', async () => {
    pipeline = await startPipeline();
    await addSmall(3);
    await (await startPlainly()).result();
    const encodes = pipeline.encodes();
    await (await startPlainly()).result();

    expect(pipeline.encodes()).toBe(encodes);
    await expect(pipeline.darkroom.backfill.start()).rejects.toMatchObject({ kind: 'NoImages' });
  });

  it('carries place and counts across continue-as-new', async () => {
    pipeline = await startPipeline();
    await addSmall(5);
    const { runId } = await pipeline.darkroom.backfill.start({ pageSize: 1, pagesPerExecution: 2 });

    expect(await ended(runId)).toMatchObject({ status: 'succeeded', total: 5, done: 5, failed: 0 });
    const latest = await pipeline.temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID).describe();
    expect(latest.runId).not.toBe(runId);
  });

  it('goes on past images that fail and says that it had failures', async () => {
    pipeline = await startPipeline();
    await addSmall(2);
    await pipeline.addPictures({ 'a.jpg': Buffer.from('no picture'), 'b.jpg': Buffer.alloc(0) });
    const { runId } = await pipeline.darkroom.backfill.start();

    expect(await ended(runId)).toMatchObject({
      status: 'succeeded_with_failures',
      done: 2,
      failed: 2,
    });
    const failures = await pipeline.darkroom.backfill.failures(runId);
    expect(failures.map(({ fileName, kind }) => [fileName, kind]).sort()).toEqual([
      ['a.jpg', 'NotAnImage'],
      ['b.jpg', 'ImageEmpty'],
    ]);
    expect(await pipeline.darkroom.backfill.preview()).toMatchObject({ images: 0 });
  });

  it('refuses a second start while it runs', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    await addSmall(1);
    const { runId } = await pipeline.darkroom.backfill.start();

    await expect(pipeline.darkroom.backfill.start()).rejects.toMatchObject({
      kind: 'AlreadyActive',
    });
    await expect(startPlainly()).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
    held.open();
    expect(await ended(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('keeps no more images in flight than its concurrency, and says where it stands', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    await addSmall(5);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 2 });
    await vi.waitUntil(() => held.waiting === 2, { timeout: 10_000 });

    const progress = await pipeline.darkroom.backfill.status();
    expect(progress).toMatchObject({ runId, status: 'running', total: 5, inFlight: 2, done: 0 });
    const handle = pipeline.temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID);
    const details = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(details.currentDetails).toContain('| in flight | 2 of 2 |');
    expect(held.waiting).toBe(2);
    held.open();
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', done: 5 });
  });

  it('stops encodes within five seconds when it is cancelled, and keeps what is done', async () => {
    pipeline = await startPipeline({ replace: () => ({ recipe: SLOW_RECIPE }) });
    await pipeline.addPictures({
      'large.jpg': await picture({ format: 'jpeg', widthPx: 3000, heightPx: 2000 }),
    });
    const { runId } = await pipeline.darkroom.backfill.start();
    const { encoders } = pipeline.deps;
    const [image] = await pipeline.darkroom.images();
    const readyWidth = async () =>
      (await pipeline.darkroom.image(image?.id ?? ''))?.readyMaxWidth ?? 0;
    await vi.waitUntil(async () => (await readyWidth()) === 64 && encoders.stats().busy === 1, {
      timeout: 30_000,
    });

    const { pids } = encoders.stats();
    const startedMs = Date.now();
    await pipeline.temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID).cancel();
    const run = await ended(runId);

    expect(Date.now() - startedMs).toBeLessThan(5_000);
    expect(encoders.stats()).toMatchObject({ busy: 0, waiting: 0 });
    expect(pids.filter(isAlive)).toEqual([]);
    expect(run).toMatchObject({ status: 'cancelled', total: 1, done: 0, failed: 0 });
    expect(await readyWidth()).toBe(64);
    expect(await pipeline.darkroom.image(image?.id ?? '')).toMatchObject({ status: 'pending' });
  });

  it('waits for an image that somebody else is processing, and leaves it alone when cancelled', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    await addSmall(1);
    const [image] = await pipeline.darkroom.images();
    await pipeline.darkroom.process(image?.id ?? '');
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    const { runId } = await pipeline.darkroom.backfill.start();
    await vi.waitUntil(async () => (await pipeline.darkroom.backfill.status()).describing === 1, {
      timeout: 10_000,
    });
    const joined = pipeline.temporal.workflow.getHandle(imageWorkflowId(image?.id ?? ''));
    await pipeline.darkroom.backfill.cancel();

    expect(await ended(runId)).toMatchObject({ status: 'cancelled', done: 0, failed: 0 });
    expect((await joined.describe()).status.name).toBe('RUNNING');
    held.open();
    await joined.result();
    expect(await pipeline.darkroom.image(image?.id ?? '')).toMatchObject({ status: 'completed' });
  });

  it('counts an image whose work was terminated as failed, and says so', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    await addSmall(1);
    const { runId } = await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    const [image] = await pipeline.darkroom.images();
    await pipeline.temporal.workflow
      .getHandle(imageWorkflowId(image?.id ?? ''))
      .terminate('by an operator');

    expect(await ended(runId)).toMatchObject({ status: 'succeeded_with_failures', failed: 1 });
    expect(await pipeline.darkroom.backfill.failures(runId)).toMatchObject([
      { kind: 'WorkflowStopped' },
    ]);
    held.open();
  });

  it('fails clearly when no storage for variants is configured', async () => {
    pipeline = await startPipeline({ replace: () => ({ variants: undefined }) });
    await addSmall(1);
    const handle = await startPlainly();
    await expect(handle.result()).rejects.toThrow();

    expect(await ended(handle.firstExecutionRunId)).toMatchObject({
      status: 'failed',
      failure: { kind: 'StorageNotConfigured', message: 'No storage for variants is configured.' },
    });
  });

  it('does only the steps that it was asked for', async () => {
    pipeline = await startPipeline();
    await addSmall(1);
    const { runId } = await pipeline.darkroom.backfill.start({ steps: ['variants'] });
    await ended(runId);

    const [image] = await pipeline.darkroom.images();
    expect(image).toMatchObject({
      variantsReady: true,
      steps: { metadata: { state: 'pending' }, embedding: { state: 'pending' } },
    });
    expect(await pipeline.darkroom.backfill.preview()).toMatchObject({ images: 1 });
  });
});

/** A tier that is there at once, and one that takes a minute. */
const SLOW_RECIPE: Recipe = {
  tiers: [
    { label: 'sm', widthPx: 64 },
    { label: 'lg', widthPx: 3000 },
  ],
  formats: [{ format: 'avif', quality: 90, effort: 9, chromaSubsampling: '4:4:4' }],
};

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
