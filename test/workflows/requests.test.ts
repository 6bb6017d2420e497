import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ImageView } from '../../src/client.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import type { Recipe } from '../../src/domain/recipe.js';
import { addOne } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

type EventAttributes =
  'workflowExecutionSignaledEventAttributes' | 'workflowExecutionCancelRequestedEventAttributes';

/** Two small tiers, so that there is a half-way. */
const OTHER_RECIPE: Recipe = {
  tiers: [
    { label: 'sm', widthPx: 320 },
    { label: 'md', widthPx: 500 },
  ],
  formats: [{ format: 'webp', quality: 50, effort: 0 }],
};

describe('a request for an image', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  async function shown(imageId: string): Promise<ImageView> {
    const view = await pipeline.darkroom.image(imageId);
    if (view === undefined) throw new Error('The image is gone.');
    return view;
  }

  /** What is served now: the bytes behind every public address. */
  async function served(imageId: string): Promise<Map<string, Buffer>> {
    const { variants } = await shown(imageId);
    const storage = pipeline.env.VARIANT_STORAGE ?? '';
    const bytes = await Promise.all(variants.map(({ key }) => readFile(join(storage, key))));
    return new Map(variants.map(({ key }, index) => [key, bytes[index] ?? Buffer.alloc(0)]));
  }

  it('encodes everything again when it is forced, under the same addresses', async () => {
    pipeline = await startPipeline();
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId, { wait: true });
    const before = await served(imageId);
    await pipeline.darkroom.process(imageId, { force: true, wait: true });

    expect(pipeline.encodes()).toBe(2 * before.size);
    expect(await served(imageId)).toEqual(before);
  });

  it('is served although a run that began the work is cancelled meanwhile', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    const asked = pipeline.darkroom.process(imageId, { wait: true });
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
    await vi.waitUntil(
      async () =>
        (await handle.fetchHistory()).events?.some(
          (event) => event.workflowExecutionSignaledEventAttributes,
        ),
      { timeout: 10_000 },
    );
    const cancelling = pipeline.darkroom.backfill.cancel();
    // The second pass describes as well, so it was begun after the cancel.
    await vi.waitUntil(() => held.waiting === 2, { timeout: 10_000 });
    held.open();
    await asked;

    expect(await shown(imageId)).toMatchObject({ status: 'completed', variantsReady: true });
    await cancelling;
  });

  it('is served although the run that began the work is cancelled while it is', async () => {
    const [first, second] = [gate(), gate()];
    pipeline = await startPipeline({
      replace: ({ metadata }) => ({
        metadata: {
          ...metadata,
          describe: async (seen, options) => {
            await (first.waiting === 0 ? first : second).pass(options.signal);
            return metadata.describe(seen, options);
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => first.waiting === 1, { timeout: 10_000 });
    const asked = pipeline.darkroom.process(imageId, { force: true, wait: true });
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
    const hasEvent = async (name: EventAttributes) =>
      (await handle.fetchHistory()).events?.some((event) => event[name]) ?? false;
    await vi.waitUntil(() => hasEvent('workflowExecutionSignaledEventAttributes'));
    first.open();
    await vi.waitUntil(() => second.waiting === 1, { timeout: 20_000 });

    const cancelling = pipeline.darkroom.backfill.cancel();
    await vi.waitUntil(() => hasEvent('workflowExecutionCancelRequestedEventAttributes'), {
      timeout: 10_000,
    });
    second.open();
    await asked;
    await cancelling;
    expect(await shown(imageId)).toMatchObject({ status: 'completed', variantsReady: true });
  });

  it('builds another recipe beside the one that is served, and switches when it is whole', async () => {
    const held = gate();
    let rebuilding = false;
    pipeline = await startPipeline({
      replace: (deps) => ({
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: async (job, input, options) => {
            const large = 'widthPx' in input && input.widthPx === 500;
            if (rebuilding && large) await held.pass(options.signal);
            return deps.encoders.run(job, input, options);
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId, { wait: true });
    const before = await served(imageId);
    await pipeline.stopWorkers();
    pipeline.deps.recipe = OTHER_RECIPE;
    pipeline.deps.recipeHash = 'another';
    await pipeline.startWorkers();
    rebuilding = true;

    const stale = { scope: 'stale', steps: ['variants'] } as const;
    const started = await startPlainly(stale);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    expect(await served(imageId)).toEqual(before);
    expect(await shown(imageId)).toMatchObject({ readyMaxWidth: 1200, variantsReady: true });

    // Half-way: one of two tiers is there. What was served before is served still.
    await pipeline.darkroom.backfill.cancel();
    expect(await runEnd(pipeline, started.firstExecutionRunId)).toMatchObject({
      status: 'cancelled',
    });
    expect(await served(imageId)).toEqual(before);
    expect(await shown(imageId)).toMatchObject({
      readyMaxWidth: 1200,
      variantsReady: true,
      status: 'completed',
    });

    const encodes = pipeline.encodes();
    held.open();
    // A run files its end a moment before it closes, and only closed it makes room for the next.
    await expect(started.result()).rejects.toThrow(WorkflowFailedError);
    const again = await startPlainly(stale);
    expect(await runEnd(pipeline, again.firstExecutionRunId)).toMatchObject({
      status: 'succeeded',
      total: 1,
      done: 1,
    });
    const after = await shown(imageId);
    expect(after).toMatchObject({ readyMaxWidth: 500, variantsReady: true, status: 'completed' });
    expect(after.variants.map(({ widthPx, format }) => `${widthPx}.${format}`)).toEqual([
      '320.webp',
      '500.webp',
    ]);
    // The tier that the cancelled run had finished is not made again.
    expect(pipeline.encodes()).toBe(encodes + 1);
  });

  it('is built by the recipe of the workers that came while it was half-way', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: async (job, input, options) => {
            if ('widthPx' in input && input.widthPx === 1024) await held.pass(options.signal);
            return deps.encoders.run(job, input, options);
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    await pipeline.stopWorkers();
    pipeline.deps.recipe = OTHER_RECIPE;
    pipeline.deps.recipeHash = 'another';
    await pipeline.startWorkers();
    await vi.waitUntil(async () => (await shown(imageId)).status === 'completed', {
      timeout: 30_000,
    });

    const { variants } = await shown(imageId);
    expect(variants.map(({ widthPx, format }) => `${widthPx}.${format}`)).toEqual([
      '320.webp',
      '500.webp',
    ]);
    expect((await served(imageId)).size).toBe(2);
    const image = await pipeline.deps.catalog.images.get(imageId);
    expect(image).toMatchObject({ recipe: 'another', steps: { embedding: { state: 'done' } } });
  });

  it('encodes everything again when it is forced while the image is in the works', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await vi.waitUntil(() => pipeline.encodes() === 6, { timeout: 20_000 });
    const forced = { force: true, steps: ['variants' as const], wait: true };
    const asked = pipeline.darkroom.process(imageId, forced);
    await vi.waitUntil(async () => (await signals(imageId)) === 2, { timeout: 10_000 });
    held.open();
    await asked;

    expect(pipeline.encodes()).toBe(12);
  });

  it('makes only those steps again that somebody wants made again', async () => {
    const held = gate();
    let described = 0;
    pipeline = await startPipeline({
      replace: (deps) => {
        const { metadata } = { ...deps, ...describingBehind(deps, held) };
        const describe: typeof metadata.describe = (...seen) => {
          described += 1;
          return metadata.describe(...seen);
        };
        return { metadata: { ...metadata, describe } };
      },
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await vi.waitUntil(() => pipeline.encodes() === 6, { timeout: 20_000 });
    const variants = { force: true, steps: ['variants' as const] };
    await pipeline.darkroom.process(imageId, variants);
    await vi.waitUntil(async () => (await signals(imageId)) === 2, { timeout: 10_000 });
    const asked = pipeline.darkroom.process(imageId, { steps: ['metadata'], wait: true });
    await vi.waitUntil(async () => (await signals(imageId)) === 3, { timeout: 10_000 });
    held.open();
    await asked;

    expect(pipeline.encodes()).toBe(12);
    expect(described).toBe(1);
  });

  it('is served although it comes while a cancelled image is being released', async () => {
    const held = gate();
    const releasing = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...describingBehind(deps, held),
        catalog: {
          ...deps.catalog,
          images: {
            ...deps.catalog.images,
            release: async (imageId) => {
              await releasing.pass();
              await deps.catalog.images.release(imageId);
            },
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).cancel();
    await vi.waitUntil(() => releasing.waiting === 1, { timeout: 10_000 });
    const asked = pipeline.darkroom.process(imageId, { wait: true });
    await vi.waitUntil(async () => (await signals(imageId)) === 2, { timeout: 10_000 });
    held.open();
    releasing.open();
    await asked;

    expect(await shown(imageId)).toMatchObject({ status: 'completed' });
  });

  it('does not make up for the failure of another step', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: ({ metadata }) => ({
        metadata: {
          ...metadata,
          describe: async (_seen, { signal }) => {
            await held.pass(signal);
            throw new DarkroomError('InvalidInput', 'no words');
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    const described = pipeline.darkroom.process(imageId, { steps: ['metadata'], wait: true });
    const failed = expect(described).rejects.toMatchObject({ kind: 'InvalidInput' });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.process(imageId, { steps: ['variants'] });
    await vi.waitUntil(async () => (await signals(imageId)) === 2, { timeout: 10_000 });
    held.open();

    await failed;
    expect(await shown(imageId)).toMatchObject({ variantsReady: true });
  });

  async function signals(imageId: string): Promise<number> {
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  }

  function startPlainly(input: { scope: 'stale'; steps: readonly ['variants'] }) {
    return pipeline.temporal.workflow.start('backfill', {
      workflowId: 'backfill',
      taskQueue: 'darkroom',
      args: [input],
    });
  }
});
