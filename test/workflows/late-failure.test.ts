import { afterEach, describe, expect, it, vi } from 'vitest';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { gate } from '../support/gate.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('a failure of bytes that were replaced meanwhile', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  it('is not laid at the door of the new bytes', async () => {
    const held = gate();
    pipeline = await startPipeline({
      replace: ({ encoders }) => ({
        encoders: {
          stats: () => encoders.stats(),
          run: async (job, input, options) => {
            await held.pass(options.signal);
            return encoders.run(job, input, options);
          },
          [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
        },
      }),
    });
    const { darkroom, deps, temporal } = pipeline;
    const upload = { ownerId: 'ann', fileName: 'a.jpg', body: Buffer.from('no picture') };
    const { id } = await darkroom.upload(upload);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 20_000 });
    const bytes = await picture({ widthPx: 300, heightPx: 200 });
    const stored = { from: { bytes }, sizeBytes: bytes.length, contentType: 'image/jpeg' };
    await deps.originals.write('originals/new', stored);
    // The row alone, as when the program that replaces is cut off before it starts the image.
    await deps.catalog.lifecycle.replaceOriginal(id, { original: 'originals/new' });
    held.open();
    await expect(temporal.workflow.getHandle(imageWorkflowId(id)).result()).rejects.toThrow();

    await expect(darkroom.image(id)).resolves.toMatchObject({
      ...{ status: 'processing', quarantined: false },
      steps: { variants: { state: 'pending' } },
    });
    await darkroom.process(id, { wait: true });
    await expect(darkroom.image(id)).resolves.toMatchObject({ status: 'completed' });
  });
});
