import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EncoderPool } from '../../src/imaging/encoder-pool.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

const IMAGES = 6;

const isIn = (id: string, paths: string[]) => paths.some((path) => path.includes(id));

describe('an image that somebody waits for while a backfill has it', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  /** A run with one encoder, which has begun one image and is held in it until the gate opens. */
  async function startHeld() {
    const held = gate();
    // Masters, in the order in which their making was begun and went on.
    const began: string[] = [];
    const made: string[] = [];
    pipeline = await startPipeline({
      env: { ENCODERS: '1' },
      replace: (deps) => ({
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: (async (job, input, options) => {
            if ('masterPath' in input) {
              began.push(input.masterPath);
              await held.pass(options.signal);
              made.push(input.masterPath);
            }
            return deps.encoders.run(job, input, options);
          }) satisfies EncoderPool['run'],
        },
      }),
    });
    const ids = await addSmall(pipeline, IMAGES);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: IMAGES });
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    return { held, began, made, ids, runId };
  }

  const queued = async (imageId: string) => {
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId));
    const { raw } = await handle.describe();
    return raw.pendingActivities?.length;
  };

  it('overtakes the others that are queued', async () => {
    const { held, began, made, ids, runId } = await startHeld();
    await vi.waitUntil(
      async () => {
        const counts = await Promise.all(ids.map((id) => queued(id).catch(() => 0)));
        return counts.every((count) => count === 1);
      },
      { timeout: 20_000 },
    );
    const last = ids.findLast((id) => !isIn(id, began)) ?? '';
    await pipeline.darkroom.process(last);
    await vi.waitUntil(async () => (await queued(last)) === 2, { timeout: 10_000 });
    held.open();

    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: IMAGES });
    expect(made.findIndex((path) => path.includes(last))).toBe(1);
    // What was queued before may have been handed out in the moment in which it was given up.
    expect(made.length - IMAGES).toBeLessThanOrEqual(1);
    expect(made.filter((path) => !path.includes(last))).toHaveLength(IMAGES - 1);
  });

  it('is done once although its step had begun already', async () => {
    const { held, began, ids, runId } = await startHeld();
    const first = ids.find((id) => isIn(id, began)) ?? '';
    await pipeline.darkroom.process(first);
    await vi.waitUntil(async () => (await queued(first)) === 2, { timeout: 10_000 });
    held.open();

    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: IMAGES });
    expect(await pipeline.darkroom.image(first)).toMatchObject({ status: 'completed' });
    const handle = pipeline.temporal.workflow.getHandle(imageWorkflowId(first));
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });
});
