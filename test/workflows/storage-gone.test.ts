import { ApplicationFailure } from '@temporalio/common';
import { afterEach, describe, expect, it } from 'vitest';
import { FAILURES } from '../../src/domain/failures.js';
import { addSmall } from '../support/add-pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('a storage that vanishes in the middle of a run', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  it('ends the run, which says so, and the next run does the rest when it is back', async () => {
    let gone = true;
    pipeline = await startPipeline({
      replace: ({ variants }) => ({
        variants: variants && {
          ...variants,
          write: async (...input) => {
            // The last of its tries, for which a test need not wait.
            if (gone)
              throw ApplicationFailure.nonRetryable(FAILURES.StorageGone.says, 'StorageGone');
            await variants.write(...input);
          },
        },
      }),
    });
    await addSmall(pipeline, 4);
    const { runId } = await pipeline.darkroom.backfill.start({ concurrency: 1 });
    const run = await runEnd(pipeline, runId);
    expect(run).toMatchObject({ status: 'failed', failure: { kind: 'StorageGone' } });
    expect(run.failed).toBe(1);

    gone = false;
    const next = await pipeline.darkroom.backfill.start();
    expect(await runEnd(pipeline, next.runId)).toMatchObject({ status: 'succeeded', total: 4 });
  });
});
