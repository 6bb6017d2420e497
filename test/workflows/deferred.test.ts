import { defaultPayloadConverter } from '@temporalio/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { addSmall } from '../support/add-pictures.js';
import { gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

/** As many calls to a provider as a worker makes at once. */
const SLOTS = 5;

describe('a description that finds no free provider', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  it('is deferred and holds up nobody; a patient request does it later', async () => {
    const held = gate();
    pipeline = await startPipeline({ replace: (deps) => describingBehind(deps, held) });
    const ids = await addSmall(pipeline, SLOTS + 2);
    const first = await pipeline.darkroom.backfill.start({ limit: SLOTS, concurrency: SLOTS });
    await vi.waitUntil(() => held.waiting === SLOTS, { timeout: 20_000 });
    const [forced = '', last = ''] = ids.slice(-2);
    await Promise.all([
      pipeline.darkroom.process(last, { wait: true }),
      pipeline.darkroom.process(forced, { force: true, wait: true }),
    ]);

    const image = await pipeline.darkroom.image(last);
    expect(image).toMatchObject({
      variantsReady: true,
      status: 'processing',
      steps: { metadata: { state: 'deferred' }, embedding: { state: 'deferred' } },
    });
    const steps = ['metadata', 'embedding'];
    expect(await deferredAs(pipeline, last)).toEqual({ imageId: last, steps });
    // The words that are kept are not to be taken for the answer.
    expect(await deferredAs(pipeline, forced)).toEqual({ imageId: forced, steps, force: true });
    held.open();
    expect(await runEnd(pipeline, first.runId)).toMatchObject({ status: 'succeeded' });
    const rest = { steps: ['metadata', 'embedding'], patient: true, wait: true } as const;
    await pipeline.darkroom.process(last, { ...rest, steps: [...rest.steps] });
    expect(await pipeline.darkroom.image(last)).toMatchObject({ status: 'completed' });
  }, 90_000);

  it('is not made again when only the embedding after it has to wait', async () => {
    const busy = new DarkroomError('ProviderPaused');
    let described = 0;
    pipeline = await startPipeline({
      replace: ({ metadata, embedding }) => ({
        metadata: {
          ...metadata,
          describe: (seen, options) => {
            described += 1;
            return metadata.describe(seen, options);
          },
        },
        embedding: { ...embedding, embed: () => Promise.reject(busy) },
      }),
    });
    const [imageId = ''] = await addSmall(pipeline, 1);
    await pipeline.darkroom.process(imageId, { force: true, wait: true });

    expect(await pipeline.darkroom.image(imageId)).toMatchObject({
      steps: { metadata: { state: 'done' }, embedding: { state: 'deferred' } },
    });
    const { steps } = (await deferredAs(pipeline, imageId)) as { steps: string[] };
    expect({ steps, described }).toEqual({ steps: ['embedding'], described: 1 });
  });
});

/** What the workflow of the image told about the steps that it left for later. */
async function deferredAs({ temporal }: Pipeline, imageId: string): Promise<unknown> {
  const { events } = await temporal.workflow.getHandle(imageWorkflowId(imageId)).fetchHistory();
  const scheduled = events?.map((event) => event.activityTaskScheduledEventAttributes);
  const defer = scheduled?.find((activity) => activity?.activityType?.name === 'deferSteps');
  const [payload] = defer?.input?.payloads ?? [];
  return payload && defaultPayloadConverter.fromPayload(payload);
}
