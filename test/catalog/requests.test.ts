import { describe, expect, it, onTestFinished } from 'vitest';
import {
  openRequestConnection,
  type RequestConnection,
} from '../../src/catalog/request-connection.js';
import { useCatalog } from './open.js';

const database = useCatalog();

async function openRequests(): Promise<RequestConnection> {
  const options = { onHint: () => undefined, timeoutMs: 5_000 };
  const requests = await openRequestConnection(database.url, options);
  onTestFinished(() => requests[Symbol.asyncDispose]());
  return requests;
}

async function addImage(): Promise<string> {
  const [added] = await database.sql<{ id: string }>(
    `insert into images (owner_id, original) values ('ann', 'a.jpg') returning id`,
  );
  return added?.id ?? '';
}

const PAGE = { limit: 10, without: [] };

describe('the request for an image', () => {
  it('stays when it was made again while the one before was being started', async () => {
    const requests = await openRequests();
    const id = await addImage();
    const [first] = await requests.waitingImages(PAGE);
    await database.sql('update images set requested_at = now() where id = $1', [id]);
    await requests.markStarted(first ?? expect.unreachable());

    const [second] = await requests.waitingImages(PAGE);
    expect(second).toMatchObject({ id, ownerId: 'ann', fileName: 'a.jpg' });
    await requests.markStarted(second ?? expect.unreachable());
    await expect(requests.waitingImages(PAGE)).resolves.toEqual([]);
  });

  it('leaves the image completed when its work was quicker than the mark', async () => {
    const requests = await openRequests();
    const id = await addImage();
    const [waiting] = await requests.waitingImages(PAGE);
    await database.sql(`update images set status = 'completed' where id = $1`, [id]);
    await requests.markStarted(waiting ?? expect.unreachable());
    await expect(database.sql('select status from images')).resolves.toEqual([
      { status: 'completed' },
    ]);
  });

  it.for(['{}', '{thumbnails}'])('is one for every step when the row names %s', async (named) => {
    const requests = await openRequests();
    await addImage();
    await database.sql('update images set requested_steps = $1', [named]);
    await expect(requests.waitingImages(PAGE)).resolves.toMatchObject([
      { steps: ['variants', 'metadata', 'embedding'] },
    ]);
  });

  it('goes with its image when that is deleted', async () => {
    const requests = await openRequests();
    await addImage();
    await database.sql('update images set deleted_at = now()');
    await expect(requests.waitingImages(PAGE)).resolves.toEqual([]);
  });
});
