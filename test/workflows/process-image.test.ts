import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('processImage', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  it('makes one image ready: variants, description, embedding', async () => {
    await pipeline.addPictures({
      'harbour.jpg': await picture({ format: 'jpeg', widthPx: 1200, heightPx: 800 }),
    });
    const [image] = await pipeline.darkroom.images();
    await pipeline.darkroom.process(image?.id ?? '', { wait: true });

    const view = await pipeline.darkroom.image(image?.id ?? '');
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
    expect(view?.variants.map(({ widthPx, format }) => `${widthPx}.${format}`)).toEqual([
      '640.avif',
      '640.webp',
      '1024.avif',
      '1024.webp',
      '1200.avif',
      '1200.webp',
    ]);
  });
});
