import { afterEach, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import type { ImageView } from '../../src/client.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { gate } from '../support/gate.js';
import { moving, picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('processImage', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  /** The only image of the catalog, by its id. */
  async function addOne(bytes: Promise<Buffer> | Buffer, name = 'harbour.jpg'): Promise<string> {
    await pipeline.addPictures({ [name]: await bytes });
    const [image] = await pipeline.darkroom.images();
    if (image === undefined) throw new Error('Nothing was imported.');
    return image.id;
  }

  async function shown(imageId: string): Promise<ImageView> {
    const view = await pipeline.darkroom.image(imageId);
    if (view === undefined) throw new Error('The image is gone.');
    return view;
  }

  const photo = () => picture({ format: 'jpeg', widthPx: 1200, heightPx: 800 });

  it('makes one image ready: variants, description, embedding', async () => {
    pipeline = await startPipeline();
    const imageId = await addOne(photo());
    await pipeline.darkroom.process(imageId, { wait: true });

    const view = await shown(imageId);
    expect(view).toMatchObject({
      status: 'completed',
      variantsReady: true,
      readyMaxWidth: 1200,
      width: 1200,
      height: 800,
      steps: {
        variants: { state: 'done' },
        metadata: { state: 'done', source: { provider: 'builtin' } },
        embedding: { state: 'done', source: { provider: 'builtin' } },
      },
    });
    expect(view.variants.map(({ widthPx, format }) => `${widthPx}.${format}`)).toEqual([
      '640.avif',
      '640.webp',
      '1024.avif',
      '1024.webp',
      '1200.avif',
      '1200.webp',
    ]);
    const attempts = await activityTypes(pipeline, imageWorkflowId(imageId));
    expect(attempts.sort()).toEqual([
      'describeImage',
      'embedImage',
      'prepareOriginal',
      'renderTier',
      'renderTier',
      'renderTier',
    ]);
  });

  it('does nothing again for an image that is ready', async () => {
    pipeline = await startPipeline();
    const imageId = await addOne(photo());
    await pipeline.darkroom.process(imageId, { wait: true });
    const encodes = pipeline.encodes();
    await pipeline.darkroom.process(imageId, { wait: true });

    expect(pipeline.encodes()).toBe(encodes);
    expect(await activityTypes(pipeline, imageWorkflowId(imageId))).toEqual(['prepareOriginal']);
  });

  it('keeps an animation moving, in the one format that can', async () => {
    pipeline = await startPipeline();
    const frames = await moving({
      format: 'gif',
      widthPx: 800,
      heightPx: 400,
      colors: ['red', 'green', 'blue'],
    });
    const imageId = await addOne(frames, 'wave.gif');
    await pipeline.darkroom.process(imageId, { wait: true });

    const view = await shown(imageId);
    expect(view).toMatchObject({ status: 'completed', readyMaxWidth: 800 });
    expect(view.variants.map(({ widthPx, format }) => `${widthPx}.${format}`)).toEqual([
      '640.webp',
      '800.webp',
    ]);
    const [image] = await pipeline.darkroom.images();
    expect(image?.formats).toEqual(['webp']);
  });

  it('fails a file that is no image at once, with its kind and plain words', async () => {
    pipeline = await startPipeline();
    const imageId = await addOne(Buffer.from('holiday list: towels, hat'));
    await expect(pipeline.darkroom.process(imageId, { wait: true })).rejects.toThrow();

    const view = await shown(imageId);
    expect(view).toMatchObject({ status: 'failed', quarantined: true, readyMaxWidth: 0 });
    expect(view.steps.variants.failure).toMatchObject({ kind: 'NotAnImage' });
    expect(view.steps.embedding.state).toBe('failed');
    expect(await failedWith(pipeline, imageId)).toMatchObject({
      type: 'NotAnImage',
      nonRetryable: true,
    });
    expect(await activityTypes(pipeline, imageWorkflowId(imageId))).toEqual([
      'prepareOriginal',
      'recordFailure',
    ]);
  });

  it('gives a step three tries, and keeps what the other steps made', async () => {
    let tries = 0;
    pipeline = await startPipeline({
      replace: (deps) => ({
        metadata: {
          ...deps.metadata,
          describe: async () => {
            tries += 1;
            throw new Error('the describer is broken');
          },
        },
      }),
    });
    const imageId = await addOne(photo());
    await expect(pipeline.darkroom.process(imageId, { wait: true })).rejects.toThrow();

    expect(tries).toBe(3);
    const view = await shown(imageId);
    expect(view).toMatchObject({ status: 'failed', variantsReady: true, quarantined: false });
    expect(view.steps.metadata).toMatchObject({
      state: 'failed',
      failure: { kind: 'Unexpected', message: 'the describer is broken' },
    });
  });

  it('keeps the tiers that were made when a larger one fails', async () => {
    pipeline = await startPipeline({ replace: (deps) => failingAbove(deps, 640) });
    const imageId = await addOne(photo());
    await expect(pipeline.darkroom.process(imageId, { wait: true })).rejects.toThrow();

    const view = await shown(imageId);
    expect(view).toMatchObject({
      status: 'failed',
      variantsReady: false,
      readyMaxWidth: 640,
      width: 1200,
      height: 800,
      steps: { variants: { failure: { kind: 'ImageKillsEncoder' } }, metadata: { state: 'done' } },
    });
    expect(view.placeholderDataUrl).toMatch(/^data:image\/png/);
    expect(view.variants.map(({ widthPx }) => widthPx)).toEqual([640, 640]);
  });

  it('makes one more pass for a request that arrives while it runs', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const imageId = await addOne(photo());
    await pipeline.darkroom.process(imageId, { steps: ['variants', 'metadata'] });
    await vi.waitUntil(() => held.waiting > 0, { timeout: 10_000 });
    const second = pipeline.darkroom.process(imageId, { steps: ['embedding'], wait: true });
    await vi.waitUntil(async () => (await signalsOf(pipeline, imageId)) === 2, { timeout: 10_000 });
    held.open();
    await second;

    const view = await shown(imageId);
    expect(view).toMatchObject({ status: 'completed', steps: { embedding: { state: 'done' } } });
    expect(pipeline.encodes()).toBe(6);
  });

  it('says that nobody works on an image that was cancelled', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const imageId = await addOne(photo());
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting > 0, { timeout: 10_000 });
    expect(await shown(imageId)).toMatchObject({ status: 'processing' });
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();

    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await shown(imageId)).toMatchObject({ status: 'pending' });
  });
});

function describingBehind(deps: ActivityDeps, held: ReturnType<typeof gate>) {
  return {
    metadata: {
      ...deps.metadata,
      describe: async (...[seen, options]: Parameters<typeof deps.metadata.describe>) => {
        await held.pass(options.signal);
        return deps.metadata.describe(seen, options);
      },
    },
  };
}

/** An encoder that dies of every tier wider than that. */
function failingAbove(deps: ActivityDeps, widthPx: number): Partial<ActivityDeps> {
  return {
    encoders: {
      ...deps.encoders,
      stats: () => deps.encoders.stats(),
      run: async (job, input, options) => {
        if ('widthPx' in input && input.widthPx > widthPx)
          throw new DarkroomError('EncoderCrashed');
        return deps.encoders.run(job, input, options);
      },
    },
  };
}

async function activityTypes({ temporal }: Pipeline, workflowId: string): Promise<string[]> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
}

async function signalsOf({ temporal }: Pipeline, imageId: string): Promise<number> {
  const { events } = await temporal.workflow.getHandle(imageWorkflowId(imageId)).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

async function failedWith({ temporal }: Pipeline, imageId: string) {
  const { events } = await temporal.workflow.getHandle(imageWorkflowId(imageId)).fetchHistory();
  const failed = events?.at(-1)?.workflowExecutionFailedEventAttributes;
  return failed?.failure?.applicationFailureInfo;
}
