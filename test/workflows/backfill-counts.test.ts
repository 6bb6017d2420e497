import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKFILL_WORKFLOW_ID, imageWorkflowId, TASK_QUEUES } from '../../src/domain/ids.js';
import { addSmall } from '../support/add-pictures.js';
import { gate, type Gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { encodingBehind } from '../support/held-encodes.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('the counts of a run', () => {
  let pipeline: Pipeline;
  let held: Gate;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  async function open(): Promise<void> {
    held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
  }
  const work = (imageId = '') => pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
  const failures = (runId: string) => pipeline.darkroom.backfill.failures(runId);

  it('hold an image whose work was cancelled alone among the failures', async () => {
    await open();
    const [id] = await addSmall(pipeline, 1);
    const { runId } = await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await work(id).cancel();

    expect(await runEnd(pipeline, runId)).toMatchObject({
      ...{ status: 'succeeded_with_failures', done: 0, failed: 1 },
    });
    expect(await failures(runId)).toMatchObject([{ imageId: id, kind: 'WorkflowStopped' }]);
  });

  it('hold an image that was joined and terminated among the failures', async () => {
    await open();
    const [id = ''] = await addSmall(pipeline, 1);
    await pipeline.darkroom.process(id);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    const { runId } = await pipeline.darkroom.backfill.start();
    await signalled(pipeline, id, 2);
    await work(id).terminate('by an operator');

    expect(await runEnd(pipeline, runId)).toMatchObject({ done: 0, failed: 1 });
    expect(await failures(runId)).toMatchObject([{ imageId: id, kind: 'WorkflowStopped' }]);
  });

  it('take an image that was deleted in flight for one that needs nothing', async () => {
    await open();
    const [id = ''] = await addSmall(pipeline, 1);
    const { runId } = await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.delete(id);

    const end = { status: 'succeeded', total: 1, done: 1, failed: 0 };
    expect(await runEnd(pipeline, runId)).toMatchObject(end);
    expect(await failures(runId)).toEqual([]);
  });

  it('take an image that was deleted before its turn for one that needs nothing', async () => {
    held = gate();
    pipeline = await startPipeline({ replace: (deps) => encodingBehind(deps, held) });
    const [, second = ''] = await addSmall(pipeline, 2);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.delete(second);
    held.open();

    const end = { status: 'succeeded', total: 2, done: 2, failed: 0 };
    expect(await runEnd(pipeline, runId)).toMatchObject(end);
    expect(await failures(runId)).toEqual([]);
  });

  it('are made with sensible numbers in flight, whatever the run was started with', async () => {
    await open();
    await addSmall(pipeline, 2);
    const started = await pipeline.temporal.workflow.start('backfill', {
      workflowId: BACKFILL_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args: [{ concurrency: 0, pageSize: -1, pagesPerExecution: 0, limit: 'none' }],
    });
    const runId = started.firstExecutionRunId;
    await vi.waitUntil(() => held.waiting > 0, { timeout: 10_000 });
    const concurrency = async () => (await pipeline.darkroom.backfill.status()).concurrency;
    expect(await concurrency()).toBe(1);
    for (const [told, taken] of [
      [1e6, 500],
      [2.5, 2],
      [-1, 2],
      ['many', 2],
    ]) {
      await started.signal('setConcurrency', told);
      expect(await concurrency()).toBe(taken);
    }
    held.open();

    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 2 });
  });

  it('hold images of owners with long names in other scripts too', async () => {
    await open();
    held.open();
    await addSmall(pipeline, 1);
    const ownerId = 'ж'.repeat(60);
    await pipeline.darkroom.import(pipeline.photos, { ownerId });
    const { runId } = await pipeline.darkroom.backfill.start({ ownerId });

    expect(await runEnd(pipeline, runId, 20_000)).toMatchObject({ status: 'succeeded', done: 1 });
    const [image] = await pipeline.darkroom.images({ ownerId });
    await pipeline.darkroom.process(image?.id ?? '', { wait: true });
  });
});

async function signalled({ temporal }: Pipeline, imageId: string, times: number): Promise<void> {
  const handle = temporal.workflow.getHandle(imageWorkflowId(imageId));
  const signals = async () =>
    (await handle.fetchHistory()).events?.filter(
      (event) => event.workflowExecutionSignaledEventAttributes,
    ).length;
  await vi.waitUntil(async () => (await signals()) === times, { timeout: 10_000 });
}
