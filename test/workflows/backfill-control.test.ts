import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKFILL_WORKFLOW_ID } from '../../src/domain/ids.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { encodingBehind } from '../support/held-encodes.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('a running backfill', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const status = () => pipeline.darkroom.backfill.status();
  const details = async () => {
    const handle = pipeline.temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID);
    const metadata = await handle.query<{ currentDetails?: string }>(
      '__temporal_workflow_metadata',
    );
    return metadata.currentDetails ?? '';
  };
  const filedStatus = async (runId: string) =>
    (await pipeline.deps.catalog.runs.get(runId))?.status;

  it('pauses after what is in flight, says so everywhere, and resumes', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    await addSmall(pipeline, 5);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 2 });
    await vi.waitUntil(() => held.waiting === 2, { timeout: 10_000 });
    await pipeline.darkroom.backfill.pause();
    await vi.waitUntil(async () => (await filedStatus(runId)) === 'paused', { timeout: 10_000 });
    held.open();
    await vi.waitUntil(async () => (await status()).done === 2, { timeout: 20_000 });

    expect(await status()).toMatchObject({ status: 'paused', done: 2, inFlight: 0 });
    expect(await details()).toContain('| status | paused |');
    expect(await filedStatus(runId)).toBe('paused');
    await expect(pipeline.darkroom.backfill.start()).rejects.toMatchObject({
      kind: 'AlreadyActive',
    });
    await pipeline.darkroom.backfill.resume();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 5 });
  });

  it('stays paused across continue-as-new and a restart of the workers', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    await addSmall(pipeline, 4);
    const paging = { concurrency: 1, pageSize: 1, pagesPerExecution: 1 };
    const { runId } = await pipeline.darkroom.backfill.start(paging);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.backfill.pause();
    await vi.waitUntil(async () => (await status()).status === 'paused', { timeout: 10_000 });
    held.open();
    // The page is done, so the next execution has begun.
    await vi.waitUntil(async () => (await status()).done === 1, { timeout: 20_000 });
    await pipeline.stopWorkers();
    await pipeline.startWorkers();

    expect(await status()).toMatchObject({ status: 'paused', done: 1, concurrency: 1 });
    expect(await filedStatus(runId)).toBe('paused');
    await pipeline.darkroom.backfill.resume();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 4 });
  });

  it('takes more images in flight, or fewer, when it is told to', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    await addSmall(pipeline, 6);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.backfill.setConcurrency(3);
    await vi.waitUntil(() => held.waiting === 3, { timeout: 10_000 });

    expect(await status()).toMatchObject({ inFlight: 3, concurrency: 3 });
    await expect(pipeline.darkroom.backfill.setConcurrency(0)).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    held.open();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 6 });
  });

  it('can be cancelled while it is paused', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    await addSmall(pipeline, 3);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.backfill.pause();
    const run = await pipeline.darkroom.backfill.cancel();

    expect(run).toMatchObject({ id: runId, status: 'cancelled', done: 0, failed: 0 });
    await expect(pipeline.darkroom.backfill.resume()).rejects.toMatchObject({ kind: 'NotActive' });
  });

  it('retries just the failures of a run, by kind, also those that were set aside', async () => {
    pipeline = await startPipeline();
    await addSmall(pipeline, 1);
    await pipeline.addPictures({
      'text.jpg': Buffer.from('no picture'),
      'gone.jpg': Buffer.from('-'),
    });
    const gone = join(pipeline.photos, 'gone.jpg');
    await rename(gone, `${gone}.away`);
    const first = await pipeline.darkroom.backfill.start();
    expect(await runEnd(pipeline, first.runId)).toMatchObject({ done: 1, failed: 2 });

    await expect(
      pipeline.darkroom.backfill.retry({ kinds: ['EncoderCrashed'] }),
    ).rejects.toMatchObject({ kind: 'NoImages' });
    await rename(join(pipeline.photos, 'picture-000.png'), gone);
    const missing = await pipeline.darkroom.backfill.retry({ kinds: ['OriginalMissing'] });
    expect(await runEnd(pipeline, missing.runId)).toMatchObject({ total: 1, done: 1, failed: 0 });

    const rest = await pipeline.darkroom.backfill.retry({ runId: first.runId });
    expect(await runEnd(pipeline, rest.runId)).toMatchObject({ total: 1, done: 0, failed: 1 });
    expect(await pipeline.darkroom.backfill.failures(rest.runId)).toMatchObject([
      { fileName: 'text.jpg', kind: 'NotAnImage' },
    ]);
  });

  it('pauses itself after 25 failures in a row that are not about bytes, and says why once', async () => {
    pipeline = await startPipeline({ env: { ENCODERS: '1' } });
    await addSmall(pipeline, 28);
    const away = `${pipeline.photos}-away`;
    await rename(pipeline.photos, away);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(async () => (await filedStatus(runId)) === 'paused', { timeout: 50_000 });

    expect(await status()).toMatchObject({
      status: 'paused',
      failed: 25,
      because: { kind: 'OriginalMissing' },
    });
    expect(await pipeline.deps.catalog.runs.get(runId)).toMatchObject({
      failure: { kind: 'OriginalMissing' },
    });
    await rename(away, pipeline.photos);
    await pipeline.darkroom.backfill.resume();
    expect(await runEnd(pipeline, runId)).toMatchObject({
      status: 'succeeded_with_failures',
      done: 3,
      failed: 25,
    });
  }, 120_000);

  it('ends as failed when the storage is no longer configured', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        variants: deps.variants && {
          ...deps.variants,
          stat: async () => undefined,
          write: async () => {
            await held.pass();
            throw new DarkroomError('StorageNotConfigured');
          },
        },
      }),
    });
    await addSmall(pipeline, 6);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 2 });
    await vi.waitUntil(() => held.waiting >= 2, { timeout: 20_000 });
    held.open();

    const run = await runEnd(pipeline, runId);
    expect(run).toMatchObject({ status: 'failed', failure: { kind: 'StorageNotConfigured' } });
    expect(run.failed).toBeLessThan(4);
  });
});
