import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GET } from '../../examples/nextjs/photos/[id]/route.js';
import { POST } from '../../examples/nextjs/photos/route.js';
import { darkroom } from '../../examples/nextjs/darkroom.js';
import type { ImageView } from '../../src/client.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('the routes of the examples for Next.js', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
    for (const [name, value] of Object.entries(pipeline.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    await (await darkroom())[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
    await pipeline[Symbol.asyncDispose]();
  });

  const upload = (body: Uint8Array | null) =>
    POST(new Request('http://localhost/photos?name=harbour.jpg', { method: 'POST', body }));
  const shown = async (id: string) => {
    const params = Promise.resolve({ id });
    return GET(new Request(`http://localhost/photos/${id}`), { params });
  };

  it('take a photograph and show it when it is ready', async () => {
    const response = await upload(new Uint8Array(await picture({ widthPx: 800, heightPx: 600 })));
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    const image = await vi.waitUntil(
      async () => {
        const view = (await (await shown(id)).json()) as ImageView;
        return view.status === 'completed' ? view : undefined;
      },
      { timeout: 20_000 },
    );
    expect(image).toMatchObject({ fileName: 'harbour.jpg', readyMaxWidth: 800 });
  });

  it('refuse an empty file in plain words, with or without a body', async () => {
    for (const body of [new Uint8Array(), null]) {
      const response = await upload(body);
      expect(response.status).toBe(422);
      expect(await response.json()).toEqual({ error: 'The file is empty.' });
    }
  });

  it('say when there is no such photograph', async () => {
    expect((await shown('nothing')).status).toBe(404);
  });
});
