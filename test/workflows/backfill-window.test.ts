import { afterEach, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('the window of a run', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const status = () => pipeline.darkroom.backfill.status();
  const ready = async () => (await pipeline.darkroom.stats()).ready;
  const signals = async (imageId: string) =>
    (
      await pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).fetchHistory()
    ).events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length;

  it('has room again once the variants of an image are there, however slow its provider', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    await addSmall(pipeline, 4);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(async () => (await ready()) === 4, { timeout: 20_000 });
    await vi.waitUntil(async () => (await status()).describing === 4, { timeout: 10_000 });

    expect(await status()).toMatchObject({ done: 0, inFlight: 0, concurrency: 1 });
    expect(held.waiting).toBe(4);
    held.open();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 4 });
  });

  it('gives no room to an image that somebody else works on', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const [first = ''] = await addSmall(pipeline, 2);
    await pipeline.darkroom.process(first);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(async () => (await ready()) === 2, { timeout: 20_000 });

    await vi.waitUntil(async () => (await status()).describing === 2, { timeout: 10_000 });
    held.open();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 2 });
  });

  it('leaves what waits for a provider to the end of its work when it is cancelled', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const [id = ''] = await addSmall(pipeline, 2);
    await pipeline.darkroom.backfill.start({ concurrency: 1 });
    await vi.waitUntil(() => held.waiting === 2, { timeout: 20_000 });
    const run = await pipeline.darkroom.backfill.cancel();

    expect(run).toMatchObject({ status: 'cancelled', done: 0, failed: 0 });
    const { status } = await pipeline.temporal.workflow.getHandle(imageWorkflowId(id)).describe();
    expect(status.name).toBe('CANCELLED');
  });

  it('may be full of images that others work on; catalog work goes on beside them', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: ({ encoders }) => ({
        encoders: {
          ...encoders,
          stats: () => encoders.stats(),
          run: async (job, input, options) => {
            await held.pass(options.signal);
            return encoders.run(job, input, options);
          },
        },
      }),
    });
    const ids = await addSmall(pipeline, 55);
    for (const id of ids) await pipeline.darkroom.process(id, { steps: ['variants'] });
    const options = { concurrency: 55, steps: ['variants' as const] };
    const { runId } = await pipeline.darkroom.backfill.start(options);
    const joins = async () => Math.min(...(await Promise.all(ids.map(signals))).map(Number));
    await vi
      .waitUntil(async () => (await joins()) === 2, { timeout: 15_000, interval: 500 })
      .catch(() => undefined);
    await pipeline.darkroom.backfill.pause();
    await vi.waitUntil(
      async () => (await pipeline.deps.catalog.runs.get(runId))?.status === 'paused',
      { timeout: 10_000 },
    );
    await pipeline.darkroom.backfill.resume();
    held.open();

    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 55 });
  }, 120_000);

  it('encodes a joined image once more when it is forced, also when the joining was lost once', async () => {
    const first = gate();
    const forced = gate();
    let joins = 0;
    pipeline = await startPipeline({
      replace: (deps) => ({
        metadata: {
          ...deps.metadata,
          describe: async (seen, options) => {
            await (first.waiting === 0 ? first : forced).pass(options.signal);
            return deps.metadata.describe(seen, options);
          },
        },
        images: {
          ...deps.images,
          join: async (imageId, request, signal) => {
            joins += 1;
            if (joins > 1) return deps.images.join(imageId, request, signal);
            const lost = new AbortController();
            const joining = deps.images.join(imageId, request, lost.signal);
            await vi.waitUntil(() => forced.waiting === 1, { timeout: 20_000 });
            lost.abort();
            await joining.catch(() => undefined);
            throw new DarkroomError('WorkerStopping');
          },
        },
      }),
    });
    const [id = ''] = await addSmall(pipeline, 1);
    await pipeline.darkroom.process(id);
    await vi.waitUntil(() => first.waiting === 1, { timeout: 10_000 });
    const { runId } = await pipeline.darkroom.backfill.start({ scope: 'all' });
    await vi.waitUntil(async () => (await signals(id)) === 2, { timeout: 20_000 });
    first.open();
    await vi.waitUntil(async () => (await signals(id)) === 3, { timeout: 30_000 });
    forced.open();

    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 1 });
    expect(pipeline.encodes()).toBe(2 + 2);
  });
});
