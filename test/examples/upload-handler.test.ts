import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { photoServer } from '../../examples/upload-handler.js';
import type { ImageView } from '../../src/client.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('the upload handler of the examples', () => {
  let pipeline: Pipeline;
  let server: ReturnType<typeof photoServer>;
  let address: string;

  beforeAll(async () => {
    pipeline = await startPipeline();
    server = photoServer(pipeline.darkroom).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await pipeline[Symbol.asyncDispose]();
  });

  const upload = (bytes: Uint8Array) =>
    fetch(`${address}/photos?name=harbour.jpg`, { method: 'POST', body: Buffer.from(bytes) });

  it('answers at once and shows the picture soon after', async () => {
    const response = await upload(await picture({ format: 'jpeg', widthPx: 800, heightPx: 600 }));
    expect(response.status).toBe(202);
    const { url } = (await response.json()) as { url: string };

    const shown = await vi.waitUntil(
      async () => {
        const image = (await (await fetch(address + url)).json()) as ImageView;
        return image.status === 'completed' ? image : undefined;
      },
      { timeout: 20_000 },
    );
    expect(shown).toMatchObject({ fileName: 'harbour.jpg', readyMaxWidth: 800 });
    expect(shown.pictureHtml).toContain('<picture>');
  });

  it('refuses an empty file in plain words', async () => {
    const response = await upload(new Uint8Array());
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ error: 'The file is empty.' });
  });

  it('says when there is no such picture', async () => {
    const response = await fetch(`${address}/photos/nothing`);
    expect(response.status).toBe(404);
  });
});
