import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { askForPicture, outcomeOf, variantsOf } from '../../examples/sql-only.js';
import { openBridge } from '../../src/bridge/bridge.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

describe('the application of the examples that speaks only SQL', () => {
  let pipeline: Pipeline;
  let bridge: AsyncDisposable;
  let client: pg.Client;
  const said: string[] = [];

  beforeAll(async () => {
    pipeline = await startPipeline();
    const databaseUrl = pipeline.env.DATABASE_URL ?? '';
    const log = { info: () => undefined, warn: (line: string) => said.push(line) };
    bridge = openBridge({ databaseUrl, client: pipeline.temporal, log });
    client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await bridge[Symbol.asyncDispose]();
    await pipeline[Symbol.asyncDispose]();
  });

  it('gets a picture, and its variants, of a row', async () => {
    const id = await askForPicture(client, 'ada', 'a lighthouse at dusk');
    const outcome = await outcomeOf(client, id);
    expect(outcome).toEqual({
      ...{ status: 'completed', failure_message: null, image_id: expect.any(String) },
    });
    const imageId = outcome.image_id ?? '';
    await vi.waitUntil(
      async () => (await pipeline.darkroom.image(imageId))?.status === 'completed',
      { timeout: 30_000 },
    );
    const variants = await variantsOf(client, imageId);
    expect(variants.map(({ width, format }) => `${width} ${format}`)).toEqual([
      ...['640 avif', '640 webp', '1024 avif', '1024 webp'],
    ]);
    await expect(pipeline.darkroom.image(imageId)).resolves.toMatchObject({ ownerId: 'ada' });
    expect(said).toEqual([]);
  });

  it('is told in the row what is wrong with it', async () => {
    const id = await askForPicture(client, 'ada', ' ');
    await expect(outcomeOf(client, id)).resolves.toEqual({
      ...{ status: 'failed', image_id: null, failure_message: 'The prompt is empty.' },
    });
  });

  it('may change its mind', async () => {
    await pipeline.stopWorkers();
    const id = await askForPicture(client, 'ada', 'a harbour at dawn');
    await vi.waitUntil(async () => {
      const dispatched = 'select from generation_jobs where id = $1 and dispatched_at is not null';
      return (await client.query(dispatched, [id])).rowCount === 1;
    });
    await client.query('select cancel_job($1)', [id]);
    await pipeline.startWorkers();
    await expect(outcomeOf(client, id)).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('has an image processed that it inserts, its original being where the row says', async () => {
    const bytes = await picture({ format: 'jpeg', widthPx: 800, heightPx: 600 });
    await pipeline.deps.originals.write('ada/harbour.jpg', {
      ...{ from: { bytes }, sizeBytes: bytes.length, contentType: 'image/jpeg' },
    });
    const { rows } = await client.query<{ id: string }>(
      `insert into images (owner_id, original) values ('ada', 'ada/harbour.jpg') returning id`,
    );
    const completed = await vi.waitUntil(
      async () => {
        const image = await pipeline.darkroom.image(rows[0]?.id ?? '');
        return image?.status === 'completed' && image;
      },
      { timeout: 30_000 },
    );
    expect(completed).toMatchObject({ fileName: 'harbour.jpg', readyMaxWidth: 800 });
  });
});
