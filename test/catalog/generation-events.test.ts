import { beforeEach, expect, it } from 'vitest';
import { USUAL_EVENTS } from '../../src/domain/events.js';
import { useCatalog } from './open.js';

const opened = useCatalog();
beforeEach(() => opened.sql('truncate webhook_endpoints cascade'));

const listen = (ownerId: string) =>
  opened.catalog.endpoints.add({
    ...{ url: 'https://example.com/', secret: 'whsec_x', events: [...USUAL_EVENTS.owner], ownerId },
  });
const events = async () => (await opened.catalog.deliveries.list({ limit: 100 })).reverse();

async function begun(): Promise<string> {
  const { generations } = opened.catalog;
  const [added] = await generations.add([{ ownerId: 'ann', prompt: 'a red door', model: 'm' }]);
  const id = added?.id ?? '';
  await generations.beginAttempt(id, { after: 0, provider: 'mock' });
  return id;
}

it('says once to its owner that a picture is there', async () => {
  await listen('ann');
  await listen('bob');
  const id = await begun();
  const image = { ownerId: 'ann', original: 'originals/door', fileName: 'door' };
  const made = await opened.catalog.generations.completeWith(id, image);
  await opened.catalog.generations.completeWith(id, image);
  const all = await events();
  expect(all).toMatchObject([{ type: 'generation.completed', about: id }]);
  expect(all[0]?.payload).toEqual({
    ...{ generationId: id, ownerId: 'ann', status: 'completed', prompt: 'a red door' },
    ...{
      provider: 'mock',
      model: 'm',
      imageId: made?.id,
      attempts: 1,
      durationMs: expect.any(Number),
    },
    ...{ usage: null, failure: null },
  });
});

it('says why there is none', async () => {
  await listen('ann');
  const id = await begun();
  const failure = { kind: 'PredictionFailed', message: 'x'.repeat(2_000) } as const;
  await opened.catalog.generations.fail(id, failure);
  expect(await events()).toMatchObject([
    {
      type: 'generation.failed',
      payload: { imageId: null, failure: { kind: failure.kind, message: 'x'.repeat(1_000) } },
    },
  ]);
});

it('says nothing of what was cancelled', async () => {
  await listen('ann');
  await opened.catalog.generations.cancel(await begun());
  expect(await events()).toEqual([]);
});
