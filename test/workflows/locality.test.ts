import { afterEach, describe, expect, it, vi } from 'vitest';
import { addOne } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline, type RunningWorkers } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

const IMAGES = 16;

describe('an original', () => {
  let pipeline: Pipeline;
  let other: RunningWorkers | undefined;
  afterEach(async () => {
    await other?.stop();
    other = undefined;
    await pipeline[Symbol.asyncDispose]();
  });

  async function addMany(): Promise<void> {
    const pictures = await Promise.all(
      Array.from({ length: IMAGES }, async (_, seed) => [
        `picture-${seed}.jpg`,
        await picture({ format: 'jpeg', widthPx: 1100, heightPx: 800, seed }),
      ]),
    );
    await pipeline.addPictures(Object.fromEntries(pictures) as Record<string, Buffer>);
  }

  it('is read once, however many tiers are made of it', async () => {
    pipeline = await startPipeline();
    await addMany();
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 8 });

    expect(await runEnd(pipeline, runId, 100_000)).toMatchObject({ done: IMAGES });
    expect(pipeline.reads()).toBe(IMAGES);
  }, 120_000);

  it('is read once with two machines too: tiers go to the one that has the pixels', async () => {
    pipeline = await startPipeline();
    other = await pipeline.anotherMachine();
    await addMany();
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 16 });

    expect(await runEnd(pipeline, runId, 100_000)).toMatchObject({ done: IMAGES });
    expect(pipeline.reads()).toBe(IMAGES);
    expect(pipeline.encodes()).toBe(IMAGES * 3 * 2);
  }, 120_000);

  it('is read again by another machine when the one that has the pixels is gone', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: async (job, input, options) => {
            const medium = 'widthPx' in input && input.widthPx === 1024;
            if (medium) await held.pass(options.signal);
            return deps.encoders.run(job, input, options);
          },
        },
      }),
    });
    const imageId = await addOne(pipeline);
    await pipeline.darkroom.process(imageId);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    other = await pipeline.anotherMachine();
    await pipeline.stopWorkers();

    await vi.waitUntil(
      async () => (await pipeline.darkroom.image(imageId))?.status === 'completed',
      { timeout: 150_000, interval: 500 },
    );
    expect(pipeline.reads()).toBe(2);
    expect(pipeline.encodes()).toBe(6);
  }, 180_000);
});
