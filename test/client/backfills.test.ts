import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDarkroom } from '../../src/client.js';
import { BACKFILL_WORKFLOW_ID } from '../../src/domain/ids.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const FAST = { everyMs: 50, timeout: 30_000, interval: 50 };

/** In the order in which a library lives: empty, full, processed. */
describe.sequential('backfills', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    // Without workers nothing goes on by itself: each test starts them when it wants it to.
    pipeline = await startPipeline({ workers: false });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it('are refused while there are no images', async () => {
    const { backfill } = pipeline.darkroom;
    await expect(backfill.start()).rejects.toMatchObject({
      kind: 'NoImages',
      message: 'There are no images to process in scope "missing".',
    });
    await expect(backfill.cancel()).rejects.toMatchObject({ kind: 'NotActive' });
    await expect(backfill.status()).rejects.toMatchObject({
      kind: 'RunNotFound',
      message: 'There has been no backfill yet.',
    });
    await expect(backfill.status('nonsense')).rejects.toMatchObject({
      kind: 'RunNotFound',
      message: 'There is no run nonsense.',
    });
    await expect(backfill.runs()).resolves.toEqual([]);
  });

  it('count what they would take before they start', async () => {
    const { darkroom } = pipeline;
    await pipeline.addPictures({
      'a.jpg': await picture({ widthPx: 300, heightPx: 200 }),
      'b.jpg': await picture({ widthPx: 200, heightPx: 300, seed: 2 }),
      'broken.jpg': Buffer.from('no picture'),
    });
    await darkroom.import(pipeline.photos, { ownerId: 'bob' });

    const { backfill } = darkroom;
    await expect(backfill.preview()).resolves.toEqual({
      images: 6,
      scope: 'missing',
      steps: ['variants', 'metadata', 'embedding'],
      providerCalls: 12,
      bytes: 0,
    });
    await expect(backfill.preview({ ownerId: 'bob' })).resolves.toMatchObject({ images: 3 });
    await expect(backfill.preview({ limit: 2 })).resolves.toMatchObject({
      images: 2,
      providerCalls: 4,
    });
    await expect(backfill.preview({ scope: 'failed' })).resolves.toMatchObject({ images: 0 });
    await expect(backfill.preview({ scope: 'stale' })).resolves.toMatchObject({ images: 0 });
    await expect(
      backfill.preview({ scope: 'all', steps: ['metadata'], ownerId: 'nobody' }),
    ).resolves.toEqual({
      ...{ images: 0, scope: 'all', steps: ['metadata'] },
      ...{ providerCalls: 0, bytes: 0 },
    });
  });

  it('are refused when what is asked for cannot be', async () => {
    const { backfill } = pipeline.darkroom;
    for (const asked of [{ concurrency: 0 }, { concurrency: 501 }, { limit: 0 }, { steps: [] }]) {
      await expect(backfill.start(asked)).rejects.toMatchObject({ kind: 'InvalidInput' });
    }
    const scope = 'misssing' as 'missing';
    await expect(backfill.preview({ scope })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: '"misssing" is no scope; there are missing, stale, failed, all.',
    });
    await expect(backfill.retry({ concurrency: 0 })).rejects.toMatchObject({
      kind: 'RunNotFound',
    });
  });

  it('are refused without a storage for variants, unless they make none', async () => {
    await using bare = await openDarkroom({ ...pipeline.env, VARIANT_STORAGE: '' });
    await expect(bare.backfill.start()).rejects.toMatchObject({ kind: 'StorageNotConfigured' });
    // Nothing failed yet, so the next thing that is looked at refuses it.
    await expect(
      bare.backfill.start({ scope: 'failed', steps: ['metadata'] }),
    ).rejects.toMatchObject({ kind: 'NoImages' });
  });

  it('are refused while one is active, and that one says where it stands to the end', async () => {
    const { backfill } = pipeline.darkroom;
    const { runId, images } = await backfill.start({ ownerId: 'bob', concurrency: 2 });
    expect(images).toBe(3);
    await expect(backfill.start()).rejects.toMatchObject({ kind: 'AlreadyActive' });

    await pipeline.startWorkers();
    const watching = backfill.watch(runId, FAST);
    const seen: number[] = [];
    for (;;) {
      const step = await watching.next();
      if (step.done === true) {
        expect(step.value).toMatchObject({
          id: runId,
          status: 'succeeded_with_failures',
          total: 3,
          done: 2,
          failed: 1,
        });
        break;
      }
      expect(step.value).toMatchObject({ runId, scope: 'missing', total: 3 });
      seen.push(step.value.done + step.value.failed);
    }
    expect(seen.at(-1)).toBe(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await expect(backfill.failures(runId)).resolves.toMatchObject([
      { fileName: 'broken.jpg', step: 'variants', kind: 'NotAnImage' },
    ]);
    await expect(backfill.status()).resolves.toMatchObject({
      runId,
      status: 'succeeded_with_failures',
      inFlight: 0,
    });
    await expect(backfill.preview({ ownerId: 'bob' })).resolves.toMatchObject({ images: 0 });
  });

  it('retry of a run that did everything again does its failures again, though they were done', async () => {
    const { darkroom, deps } = pipeline;
    const { backfill } = darkroom;
    const [ready] = (await darkroom.images({ ownerId: 'bob' })).filter((it) => it.variantsReady);
    const { runId } = await backfill.start({ scope: 'all', steps: ['variants'], ownerId: 'bob' });
    await vi.waitUntil(async () => (await backfill.status(runId)).status !== 'running', FAST);
    await expect(backfill.retry({ concurrency: 0 })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    await deps.catalog.images.recordFailure(ready?.id ?? '', ['variants'], {
      ...{ kind: 'EncoderCrashed', message: 'It died.', at: new Date().toISOString() },
      runId,
    });

    const encodes = pipeline.encodes();
    const again = await backfill.retry({ runId, kinds: ['EncoderCrashed'] });
    expect(again.images).toBe(1);
    await vi.waitUntil(
      async () => (await backfill.status(again.runId)).status === 'succeeded',
      FAST,
    );
    expect(pipeline.encodes()).toBeGreaterThan(encodes);
    await expect(backfill.retry({ runId, kinds: ['EncoderCrashed'] })).rejects.toMatchObject({
      kind: 'NoImages',
    });
  });

  it('say what they were told, and why they stand still, while no worker can', async () => {
    const { darkroom, deps } = pipeline;
    await pipeline.stopWorkers();
    const { runId } = await darkroom.backfill.start({ scope: 'all', concurrency: 3 });
    await expect(darkroom.backfill.status()).resolves.toMatchObject({ runId, concurrency: 3 });
    await darkroom.backfill.setConcurrency(5);
    const because = { kind: 'StorageFull', message: 'There is no space left.' };
    const counts = { done: 0, failed: 0 };
    await deps.catalog.runs.mark(runId, { status: 'paused', failure: because, ...counts });
    await expect(darkroom.backfill.status()).resolves.toMatchObject({
      ...{ status: 'paused', concurrency: 5, because },
    });
    await pipeline.startWorkers();
    await darkroom.backfill.cancel();
  });

  it('end cancelled when they are cancelled, and the next can start', async () => {
    const { backfill } = pipeline.darkroom;
    await pipeline.stopWorkers();
    const { runId } = await backfill.start();
    const cancelling = backfill.cancel();
    await pipeline.startWorkers();
    await expect(cancelling).resolves.toMatchObject({ id: runId, status: 'cancelled' });
    await expect(backfill.runs(1)).resolves.toMatchObject([{ id: runId, status: 'cancelled' }]);
  });

  it('are over once they have filed their end, also while Temporal still closes them', async () => {
    const { darkroom, deps, temporal } = pipeline;
    const { backfill } = darkroom;
    await pipeline.stopWorkers();
    const { runId } = await backfill.start();
    await deps.catalog.runs.close(runId, { status: 'cancelled', done: 0, failed: 0 });

    const notActive = { kind: 'NotActive' };
    await expect(backfill.cancel(runId)).rejects.toMatchObject(notActive);
    await expect(backfill.pause(runId)).rejects.toMatchObject(notActive);
    await expect(backfill.setConcurrency(3)).rejects.toMatchObject(notActive);
    await temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID).terminate('in a test');
  });

  it('end failed, as the catalog and a watcher see it, when somebody terminates them', async () => {
    const { darkroom, temporal } = pipeline;
    const { backfill } = darkroom;
    const { runId } = await backfill.start({ scope: 'all' });
    await vi.waitUntil(async () => (await backfill.runs(1))[0]?.id === runId);
    const watching = backfill.watch(runId, FAST);
    await watching.next();
    await pipeline.stopWorkers();
    await temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID).terminate('in a test');
    expect((await backfill.runs(1))[0]).toMatchObject({ id: runId, status: 'failed' });

    for (;;) {
      const step = await watching.next();
      if (step.done !== true) continue;
      expect(step.value).toMatchObject({
        status: 'failed',
        failure: { kind: 'WorkflowStopped', message: 'It was stopped from outside.' },
      });
      break;
    }
    await expect(backfill.status()).resolves.toMatchObject({ runId, status: 'failed' });
  });

  it('stop being watched, and go on, when the watcher has seen enough', async () => {
    const { backfill } = pipeline.darkroom;
    const { runId } = await backfill.start({ ownerId: 'default' });
    await pipeline.startWorkers();
    await vi.waitUntil(async () => (await backfill.runs(1))[0]?.id === runId);
    const enough = new AbortController();
    const watching = backfill.watch(runId, { everyMs: 60_000, signal: enough.signal });
    await watching.next();
    const next = watching.next();
    enough.abort();
    await expect(next.then((step) => step.done)).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(
      async () => (await backfill.status(runId)).status === 'succeeded_with_failures',
      { timeout: 30_000 },
    );
  });
});
