import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDarkroom } from '../../src/client.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const NO_IMAGE = '00000000-0000-7000-8000-000000000000';

describe('openDarkroom', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it('makes an upload ready to show, and nothing new of the same upload again', async () => {
    const { darkroom, temporal } = pipeline;
    const body = await picture({ widthPx: 800, heightPx: 600 });
    const upload = { ownerId: 'ann', fileName: 'evening harbour.jpg', body };
    const { id, created } = await darkroom.upload(upload);
    expect(created).toBe(true);
    await temporal.workflow.getHandle(imageWorkflowId(id)).result();

    const view = await darkroom.image(id);
    expect(view).toMatchObject({
      ownerId: 'ann',
      fileName: 'evening harbour.jpg',
      status: 'completed',
      readyMaxWidth: 800,
      variantsReady: true,
    });
    expect(view?.placeholderDataUrl).toMatch(/^data:image\/png;base64,/);
    expect(view?.pictureHtml).toMatch(/^<picture><source type="image\/avif"/);

    const encodes = pipeline.encodes();
    await expect(darkroom.upload({ ...upload, fileName: 'again.jpg' })).resolves.toEqual({
      id,
      created: false,
    });
    await temporal.workflow.getHandle(imageWorkflowId(id)).result();
    expect(pipeline.encodes()).toBe(encodes);
  });

  it('refuses an upload that is larger than MAX_FILE_MB and registers nothing', async () => {
    await using small = await openDarkroom({ ...pipeline.env, MAX_FILE_MB: '1' });
    const body = Buffer.alloc(1_000_001);
    await expect(
      small.upload({ ownerId: 'large', fileName: 'large.jpg', body }),
    ).rejects.toMatchObject({ kind: 'FileTooLarge' });
    await expect(small.images({ ownerId: 'large' })).resolves.toEqual([]);
  });

  it('refuses an upload without a storage for originals', async () => {
    await using bare = await openDarkroom({ ...pipeline.env, ORIGINAL_STORAGE: '' });
    const upload = { ownerId: 'ann', fileName: 'a.jpg', body: Buffer.from('x') };
    await expect(bare.upload(upload)).rejects.toMatchObject({ kind: 'StorageNotConfigured' });
  });

  it.for([NO_IMAGE, 'nonsense', ''])('knows no image %j', async (id) => {
    const { darkroom } = pipeline;
    await expect(darkroom.process(id)).rejects.toMatchObject({ kind: 'ImageNotFound' });
    await expect(darkroom.image(id)).resolves.toBeUndefined();
  });

  it('tells who waits for an image why it failed', async () => {
    const { darkroom } = pipeline;
    const body = Buffer.from('no picture');
    const { id } = await darkroom.upload({ ownerId: 'ann', fileName: 'text.jpg', body });
    await expect(darkroom.process(id, { wait: true })).rejects.toMatchObject({
      name: 'DarkroomError',
      kind: 'NotAnImage',
      message: 'The content of the file is not an image.',
    });
    await expect(darkroom.image(id)).resolves.toMatchObject({
      status: 'failed',
      quarantined: true,
      steps: { variants: { failure: { kind: 'NotAnImage' } } },
    });
  });

  it('says TemporalUnavailable with the address when no server answers there', async () => {
    await expect(
      openDarkroom({ ...pipeline.env, TEMPORAL_ADDRESS: '127.0.0.1:1' }),
    ).rejects.toMatchObject({
      kind: 'TemporalUnavailable',
      message: 'No Temporal server answers at 127.0.0.1:1.',
    });
  });
});
