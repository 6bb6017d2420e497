import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EncoderPool } from '../../src/imaging/encoder-pool.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('the progress of a run', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  it('does not fall back while no worker is there to say where it stands', async () => {
    const held = gate();
    let prepared = 0;
    pipeline = await startPipeline({
      env: { ENCODERS: '1' },
      replace: (deps) => ({
        encoders: {
          ...deps.encoders,
          stats: () => deps.encoders.stats(),
          run: (async (job, input, options) => {
            if (job === 'prepare' && (prepared += 1) > 1) await held.pass(options.signal);
            return deps.encoders.run(job, input, options);
          }) satisfies EncoderPool['run'],
        },
      }),
    });
    await addSmall(pipeline, 3);
    const { backfill } = pipeline.darkroom;
    const { runId } = await backfill.start();
    await vi.waitUntil(async () => (await backfill.status(runId)).done === 1, { timeout: 20_000 });
    await pipeline.stopWorkers();

    expect(await backfill.status(runId)).toMatchObject({ status: 'running', done: 1, total: 3 });
    const watching = backfill.watch(runId, { everyMs: 50 });
    expect((await watching.next()).value).toMatchObject({ done: 1, total: 3 });
    await watching.return(undefined as never);
  }, 60_000);
});
