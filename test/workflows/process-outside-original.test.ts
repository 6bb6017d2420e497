import { writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openSite } from '../net/site.js';

describe('an original at a site', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ env: { ALLOW_PRIVATE_URLS: '1' } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  /** Imports the address of a list, processes it and gives what is known of it then. */
  async function processed(answer: RequestListener) {
    const site = await openSite(answer);
    const { darkroom, photos } = pipeline;
    const ownerId = String(site.port);
    const list = join(photos, `${ownerId}.csv`);
    await writeFile(list, `url,name\n${site.url('/harbour.jpg')},Harbour\n`);
    await expect(darkroom.import(list, { ownerId })).resolves.toMatchObject({ added: 1 });
    const [image] = await darkroom.images({ ownerId });
    if (image === undefined) throw new Error('Nothing was imported.');
    const failure = await darkroom.process(image.id, { wait: true }).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { site, failure, view: await darkroom.image(image.id) };
  }

  it('becomes a ready image, and is read once', async () => {
    const body = await picture({ widthPx: 800, heightPx: 600 });
    const { site, failure, view } = await processed((_request, response) => {
      response.setHeader('content-type', 'text/plain').end(body);
    });
    expect(failure).toBeUndefined();
    expect(view).toMatchObject({ status: 'completed', fileName: 'Harbour', readyMaxWidth: 800 });
    expect(site.requests).toEqual(['GET /harbour.jpg']);
  });

  it('fails at once when it is gone, and is not set aside', async () => {
    const { site, failure, view } = await processed((_request, response) => {
      response.writeHead(404).end();
    });
    expect(failure).toMatchObject({ kind: 'OriginalMissing' });
    expect(view).toMatchObject({ status: 'failed', quarantined: false });
    expect(site.requests).toHaveLength(1);
  });

  it('has three tries when its site is in trouble', async () => {
    const { site, failure, view } = await processed((_request, response) => {
      response.writeHead(500).end();
    });
    expect(failure).toMatchObject({ kind: 'SourceUnavailable' });
    expect(view).toMatchObject({ status: 'failed', quarantined: false });
    expect(site.requests).toHaveLength(3);
  });

  it('is set aside when it is larger than the limit', async () => {
    const { site, failure, view } = await processed((_request, response) => {
      response.setHeader('content-length', 50_000_001).flushHeaders();
    });
    expect(failure).toMatchObject({ kind: 'FileTooLarge' });
    expect(view).toMatchObject({ status: 'failed', quarantined: true });
    expect(site.requests).toHaveLength(1);
  });
});
