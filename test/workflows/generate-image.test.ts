import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GenerationView } from '../../src/client.js';
import { generationWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import { ask, ended, QUICK, shown, until, workflowEnd } from '../support/generations.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const RED = [220, 20, 30];

function oneColour([r = 0, g = 0, b = 0]: number[]): Promise<Buffer> {
  const create = { width: 96, height: 64, channels: 3, background: { r, g, b } } as const;
  return sharp({ create }).png().toBuffer();
}

describe('a generation', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const originalOf = async (imageId = '') => {
    const image = await pipeline.deps.catalog.images.get(imageId);
    return buffer(await pipeline.deps.originals.read(image?.original ?? ''));
  };

  const start = async (env: Record<string, string> = {}) => {
    pipeline = await startPipeline({
      replace: () => QUICK,
      env: { MOCK_GENERATION_MS: '400', ...env },
    });
  };

  /** As if nobody had touched its row for so long. */
  const ago = async (id: string, time: string) => {
    const client = new pg.Client({ connectionString: pipeline.env.DATABASE_URL });
    await client.connect();
    const text = 'update generation_jobs set updated_at = now() - $2::interval where id = $1';
    await client.query(text, [id, time]).finally(() => client.end());
  };

  it('becomes an image of its owner, which is processed like any other', async () => {
    await start();
    const id = await ask(pipeline, { prompt: 'A lighthouse at dusk!', seed: 7 });
    const end = await ended(pipeline, id);
    expect(end).toMatchObject({
      ...{ status: 'completed', progress: 100, attemptNumber: 1, provider: 'mock' },
      usage: { predictions: 1, predictSeconds: 0.4, costUsd: 0 },
    });
    expect(end.finishedAt).toEqual(expect.any(Date));
    expect(end.durationMs).toBeGreaterThan(300);
    expect(await workflowEnd(pipeline, id)).toBe('COMPLETED');

    const imageId = end.imageId ?? '';
    await pipeline.temporal.workflow.getHandle(imageWorkflowId(imageId)).result();
    expect(await pipeline.darkroom.image(imageId)).toMatchObject({
      ...{ ownerId: 'ann', fileName: 'a-lighthouse-at-dusk.png', status: 'completed' },
      ...{ width: 96, height: 64, variantsReady: true },
    });
  });

  it('shows how far it is, and never less than before', async () => {
    await start({ MOCK_GENERATION_MS: '3000' });
    const id = await ask(pipeline);
    const seen: GenerationView[] = [];
    for await (const view of pipeline.darkroom.watchGeneration(id)) seen.push(view);
    const progress = seen.map((view) => view.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(new Set(progress.filter((it) => it > 0 && it < 95)).size).toBeGreaterThanOrEqual(3);
    expect(seen.at(0)).toMatchObject({ status: 'pending' });
    expect(seen.at(-1)).toMatchObject({ status: 'completed', progress: 100 });
  });

  it('of the same prompt and seed is the same image', async () => {
    await start();
    const request = { prompt: 'two boats', seed: 5 };
    const first = await ended(pipeline, await ask(pipeline, request));
    const second = await ended(pipeline, await ask(pipeline, request));
    expect(second).toMatchObject({ status: 'completed', imageId: first.imageId });
    const others = await ended(pipeline, await ask(pipeline, { ...request, ownerId: 'bob' }));
    expect(others.imageId).not.toBe(first.imageId);
  });

  it('rewrites its prompt in the words of its style, and shows how', async () => {
    await start();
    const id = await ask(pipeline, { prompt: 'a heron', style: 'line-art' });
    expect(await shown(pipeline, id)).toMatchObject({
      prompt: 'a heron',
      styledPrompt: 'Line art of a heron, clean black ink on white paper, no shading',
    });
    expect(await ended(pipeline, id)).toMatchObject({ status: 'completed' });
  });

  it('begins with an image of its owner', async () => {
    await start();
    const body = await oneColour(RED);
    const { id: sourceImage } = await pipeline.darkroom.upload({
      ...{ ownerId: 'ann', fileName: 'red.png', body },
    });
    // Its processing begins a moment after it is there.
    await vi.waitUntil(
      async () => (await pipeline.darkroom.image(sourceImage))?.status === 'completed',
      { timeout: 30_000 },
    );
    const id = await ask(pipeline, { prompt: 'a green door', sourceImage, strength: 0.2 });
    const second = await ended(pipeline, id);
    expect(second).toMatchObject({ status: 'completed' });
    expect(second.imageId).not.toBe(sourceImage);
    // Little strength changes little of it.
    const { channels } = await sharp(await originalOf(second.imageId)).stats();
    for (const [index, { mean }] of channels.slice(0, 3).entries()) {
      expect(Math.abs(mean - (RED[index] ?? 0))).toBeLessThan(40);
    }
    const ofBob = { prompt: 'mine', ownerId: 'bob', sourceImage };
    await expect(pipeline.darkroom.generate(ofBob)).rejects.toMatchObject({
      ...{ kind: 'InvalidInput', message: `The owner has no image ${sourceImage}.` },
    });
  });

  it('is refused with every problem, and none of a list is kept', async () => {
    await start();
    const asked = pipeline.darkroom.generate([
      { prompt: 'good' },
      { prompt: ' ', width: 3, ...{ colour: 'red' } },
      { prompt: 'good too', provider: 'nobody' },
    ]);
    await expect(asked).rejects.toMatchObject({
      kind: 'InvalidInput',
      message:
        '[1] There is no field "colour". The prompt is empty. ' +
        'The width must be a whole number of pixels from 64 to 2048. ' +
        '[2] There is no provider "nobody"; there are mock, replicate.',
    });
    expect(await pipeline.darkroom.generations()).toEqual([]);
  });

  it('whose provider is not configured fails at once', async () => {
    await start();
    const id = await ask(pipeline, { backend: 'replicate' });
    const end = await ended(pipeline, id);
    expect(end).toMatchObject({ status: 'failed', failure: { kind: 'ProviderNotConfigured' } });
    expect(end.attemptNumber).toBe(0);
    expect(await workflowEnd(pipeline, id)).toBe('FAILED');
  });

  it('is given up when its time is over', async () => {
    await start({ MOCK_GENERATION_MS: '60000' });
    const id = await ask(pipeline, { timeoutSeconds: 10 });
    const end = await ended(pipeline, id);
    expect(end).toMatchObject({ status: 'failed', failure: { kind: 'PredictionTimedOut' } });
    expect(end.durationMs).toBeGreaterThan(9_000);
    expect(end.durationMs).toBeLessThan(20_000);
  });

  it('that is started twice runs once', async () => {
    await start();
    const id = await ask(pipeline);
    const generation = { id, ownerId: 'ann', prompt: '' };
    expect(await pipeline.deps.generations.start(generation)).toBe(false);
    await ended(pipeline, id);
    expect((await shown(pipeline, id)).usage?.predictions).toBe(1);
    await workflowEnd(pipeline, id);
    expect(await pipeline.deps.generations.start(generation)).toBe(true);
    expect(await workflowEnd(pipeline, id)).toBe('COMPLETED');
    expect((await shown(pipeline, id)).attemptNumber).toBe(1);
  });

  it('that nobody started is started by the sweep, once', async () => {
    await start();
    const rows = [{ ownerId: 'ann', prompt: 'a red door', widthPx: 64, heightPx: 64 }];
    const [added] = await pipeline.deps.catalog.generations.add(rows);
    const id = added?.id ?? '';
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ generationsStarted: 0 });
    await ago(id, '2 minutes');
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ generationsStarted: 1 });
    expect(await ended(pipeline, id)).toMatchObject({ status: 'completed' });
    await expect(pipeline.darkroom.sweep()).resolves.toMatchObject({ generationsStarted: 0 });
  });

  it('that asks for what cannot be fails at once with everything that is wrong', async () => {
    await start();
    const rows = [{ ownerId: 'ann', prompt: '', widthPx: 3, style: 'baroque' }];
    const [added] = await pipeline.deps.catalog.generations.add(rows);
    const generation = { id: added?.id ?? '', ownerId: 'ann', prompt: '' };
    await pipeline.deps.generations.start(generation);
    expect(await ended(pipeline, generation.id)).toMatchObject({
      ...{ status: 'failed', attemptNumber: 0 },
      failure: {
        kind: 'InvalidInput',
        message: expect.stringMatching(/^The prompt is empty\. The width .* no style "baroque"/),
      },
    });
  });

  it('goes on where it stood when its workflow was terminated', async () => {
    await start({ MOCK_GENERATION_MS: '2000' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    const { predictionId } = await shown(pipeline, id);
    const handle = pipeline.temporal.workflow.getHandle(generationWorkflowId(id));
    await handle.terminate('by hand');
    const [found] = await pipeline.deps.catalog.generations.list({ limit: 1 });
    expect(found?.status).toBe('processing');
    // The activity touches its row until it learns that nobody waits for it any more.
    const isSwept = async () => {
      await ago(id, '2 minutes');
      return (await pipeline.darkroom.sweep()).generationsStarted === 1;
    };
    await vi.waitUntil(isSwept, { timeout: 30_000 });
    expect(await ended(pipeline, id)).toMatchObject({
      ...{ status: 'completed', attemptNumber: 1, predictionId },
    });
  });
});
