import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttp, type TestHttp } from '../support/http.js';
import { unlisted } from '../support/openapi/unlisted.js';
import type { Document } from '../support/openapi/json-schema.js';
import { pixels } from '../support/pictures.js';
import { runEnd } from '../support/run-end.js';

const TASKS = '/api/v1/preprocess-tasks';

interface Post {
  parameters?: { name: string }[];
  responses: Record<string, { description?: string }>;
}

describe('the document of the API', () => {
  let http: TestHttp;
  let document: Document;
  let imageId: string;
  let runId: string;
  beforeAll(async () => {
    http = await startHttp();
    document = (await http.ask('/openapi.json')).body as unknown as Document;
    const photograph = pixels({ widthPx: 300, heightPx: 200 }).withExif({
      IFD0: { Make: 'Darkroom', Model: 'One' },
    });
    const broken = { ownerId: 'alice', fileName: 'broken.jpg', body: Buffer.from('no picture') };
    const body = await photograph.jpeg().toBuffer();
    const { darkroom } = http.pipeline;
    imageId = (await darkroom.upload({ ownerId: 'alice', fileName: 'a.jpg', body })).id;
    await darkroom.process(imageId, { wait: true });
    await http.pipeline.addPictures({ [broken.fileName]: broken.body });
    const started = await http.ask(`${TASKS}/runs`, {
      ...{ method: 'POST', json: { scope: 'all', concurrency: 2 } },
    });
    runId = started.body.id as string;
    await runEnd(http.pipeline, runId);
  });
  afterAll(() => http[Symbol.asyncDispose]());

  it.for([
    '/api/v1/images',
    '/api/v1/images/{id}',
    `${TASKS}/runs`,
    `${TASKS}/runs/{id}`,
    '/api/v1/search',
    '/api/v1/tokens',
    '/api/v1/queues',
  ])('names every field that GET %s answers', async (path) => {
    const id = path.startsWith(TASKS) ? runId : imageId;
    const query = path.endsWith('/search') ? '?query=picture' : '';
    const { status, body } = await http.ask(path.replace('{id}', id) + query);
    expect(status).toBe(200);
    const content = document.paths[path]?.get?.responses['200']?.content;
    const schema = content?.['application/json']?.schema ?? {};
    expect(unlisted(body, schema, document)).toEqual([]);
  });

  it('names the header of every POST that is not done twice, and what it is refused with', () => {
    const posts = Object.entries(document.paths).flatMap(([path, { post }]) =>
      post === undefined ? [] : [{ path, ...(post as Post) }],
    );
    const isKeyed = ({ parameters = [] }: Post) =>
      parameters.some(({ name }) => name === 'Idempotency-Key');
    const [keyed, others] = [posts.filter(isKeyed), posts.filter((it) => !isKeyed(it))];
    for (const { path, responses } of keyed) {
      expect(responses['409']?.description, path).toContain('StillAnswering');
      expect(responses['422']?.description, path).toContain('RepetitionDiffers');
    }
    expect(keyed.length).toBeGreaterThan(10);
    expect(others.map(({ path }) => path).sort()).toEqual(['/api/v1/tokens', '/api/v1/webhooks']);
  });

  it('is held against answers that have all there is to say', async () => {
    const image = await http.ask(`/api/v1/images/${imageId}`);
    expect(image.body).toMatchObject({ camera: { make: 'Darkroom' }, mediaType: 'image/jpeg' });
    const run = await http.ask(`${TASKS}/runs/${runId}`);
    expect(run.body).toMatchObject({ concurrency: 2, startedBy: expect.any(String) });
  });
});
