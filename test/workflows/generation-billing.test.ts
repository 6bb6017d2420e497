import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { generationWorkflowId } from '../../src/domain/ids.js';
import { makersOf, useFakeReplicate } from '../support/fake-replicate.js';
import { gate, type Gate } from '../support/gate.js';
import { ask, ended, QUICK, shown, until, workflowEnd } from '../support/generations.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const fake = useFakeReplicate();

describe.sequential('a generation that is paid for', () => {
  let pipeline: Pipeline;
  /** How often the database is away when a prediction is to be recorded. */
  let outages = 0;
  /** Where pictures wait before they are stored. */
  let writes: Gate | undefined;
  afterEach(() => {
    writes = undefined;
  });
  beforeAll(async () => {
    const generation = makersOf(fake, { settleMs: 1_500 });
    const failing = ({ catalog }: ActivityDeps): ActivityDeps['catalog']['generations'] => ({
      ...catalog.generations,
      recordPrediction: (...record) => {
        outages -= 1;
        if (outages >= 0) throw new DarkroomError('DatabaseUnavailable');
        return catalog.generations.recordPrediction(...record);
      },
    });
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...QUICK,
        generation,
        catalog: { ...deps.catalog, generations: failing(deps) },
        originals: {
          ...deps.originals,
          write: async (...written) => {
            if (written[0].startsWith('originals/')) await writes?.pass();
            await deps.originals.write(...written);
          },
        },
      }),
      env: { ALLOW_PRIVATE_URLS: '1' },
    });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const bills = () => fake.ledger().filter(({ billed }) => billed);
  const states = () => fake.ledger().map(({ status }) => status);

  it('is paid for once, and says for what', async () => {
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'completed', provider: 'replicate', attemptNumber: 1 });
    expect(end.usage).toMatchObject({ predictions: 1, predictSeconds: expect.any(Number) });
    expect(fake.ledger()).toMatchObject([{ id: end.predictionId, status: 'succeeded' }]);
  });

  it.each([
    ['comes after it was given up', { on: 'create', delayMs: 2_000 }],
    ['never comes', { on: 'create', hang: true, done: true }],
    ['is cut off', { on: 'create', reset: true, done: true }],
    ['is an error of something in between', { on: 'create', status: 502, done: true }],
    ['is no answer at all', { on: 'create', status: 201, body: 'hello', done: true }],
  ] as const)('is paid for once when the answer to its create %s', async (_, fault) => {
    fake.fail(fault);
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toMatchObject([{ id: end.predictionId }]);
  });

  it('is asked for again when nothing came of its create', async () => {
    fake.fail({ on: 'create', reset: true }, { on: 'create', status: 503 });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('waits as long as the provider wants fewer calls', async () => {
    const busy = { on: 'create', status: 429, headers: { 'retry-after': '1' } } as const;
    fake.fail(busy, busy, busy, busy);
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('is paid for once when its name could not be recorded', async () => {
    outages = 2;
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(outages).toBeLessThan(0);
    expect(fake.ledger()).toHaveLength(1);
  });

  it('has another prediction only when the provider failed, three at most', async () => {
    fake.always({ ends: 'failed', error: 'E6716: the prediction could not be started' });
    const id = await ask(pipeline);
    const end = await ended(pipeline, id);
    expect(end).toMatchObject({
      ...{ status: 'failed', attemptNumber: 3, usage: { predictions: 3 } },
      failure: { kind: 'PredictionFailed' },
    });
    expect(fake.ledger()).toHaveLength(3);
    expect(await workflowEnd(pipeline, id)).toBe('FAILED');
  });

  it('that fails once is made by its second prediction', async () => {
    fake.next({ ends: 'failed', error: 'E6716: the prediction could not be started' });
    const end = await ended(pipeline, await ask(pipeline, { maxAttempts: 2 }));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 2 });
    expect(end.usage).toMatchObject({ predictions: 2 });
    expect(states()).toEqual(['failed', 'succeeded']);
  });

  it('that the provider does not want to make fails at once', async () => {
    fake.always({ ends: 'failed', error: 'NSFW content detected. Try another prompt.' });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({
      ...{ status: 'failed', attemptNumber: 1, failure: { kind: 'ContentRejected' } },
    });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('rides out a provider that does not answer while its picture is made', async () => {
    fake.always({ runMs: 1_500 });
    const outage = Array.from({ length: 6 }, () => ({ on: 'get', status: 503 }) as const);
    fake.fail(...outage);
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('is not paid for again when its picture was deleted before it came home', async () => {
    fake.always({ runMs: 300 });
    fake.fail({ on: 'file', status: 404 });
    fake.always({ file: 'missing' });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'failed', failure: { kind: 'ResultExpired' } });
    expect(end.imageId).toBeUndefined();
    expect(fake.ledger()).toHaveLength(1);
  });

  it.each([
    ['is refused', { on: 'file', status: 503 }],
    ['breaks off', { on: 'file', reset: true }],
  ] as const)(
    'brings its picture home though the download %s more than three times',
    async (_how, fault) => {
      fake.fail(fault, fault, fault, fault);
      expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
      expect(fake.ledger()).toHaveLength(1);
    },
  );

  it('is cancelled while it waits for a slot, and nothing is ever asked for', async () => {
    await pipeline.stopWorkers();
    const id = await ask(pipeline);
    await pipeline.darkroom.cancelGeneration(id);
    await pipeline.startWorkers();
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled', attemptNumber: 0 });
    expect(fake.calls.filter(({ route }) => route === 'create')).toEqual([]);
    await expect(pipeline.darkroom.cancelGeneration(id)).rejects.toMatchObject({
      kind: 'GenerationEnded',
    });
  });

  it('is cancelled with its prediction while that runs', async () => {
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    const view = await pipeline.darkroom.cancelGeneration(id);
    expect(view.cancelRequestedAt).toEqual(expect.any(Date));
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
    // Its row may tell it before Temporal does.
    expect(['CANCELLED', 'COMPLETED']).toContain(await workflowEnd(pipeline, id));
  });

  it('is cancelled with its prediction while the answer to its create is awaited', async () => {
    fake.always({ ends: 'never' });
    fake.fail({ on: 'create', hang: true, done: true });
    const id = await ask(pipeline);
    await vi.waitUntil(() => fake.ledger().length === 1, { timeout: 10_000 });
    await pipeline.darkroom.cancelGeneration(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('is cancelled while its picture comes home', async () => {
    fake.fail({ on: 'file', delayMs: 60_000 });
    const id = await ask(pipeline);
    await until(pipeline, id, 'downloading');
    const images = await pipeline.darkroom.images();
    await pipeline.darkroom.cancelGeneration(id);
    const end = await ended(pipeline, id);
    expect(end).toMatchObject({ status: 'cancelled' });
    expect(end.imageId).toBeUndefined();
    expect(await pipeline.darkroom.images()).toHaveLength(images.length);
  });

  it('becomes no image when it is cancelled while its picture is stored', async () => {
    const images = await pipeline.darkroom.images();
    writes = gate();
    const id = await ask(pipeline, { prompt: 'a picture of its own, that nobody wants' });
    await vi.waitUntil(() => writes?.waiting === 1, { timeout: 10_000 });
    // Temporal would tell the worker, which then stores nothing; the row alone is seen at the end.
    await pipeline.deps.catalog.generations.requestCancel(id);
    writes.open();
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(await pipeline.darkroom.images()).toHaveLength(images.length);
  });

  it('is cancelled by its row alone', async () => {
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    await pipeline.deps.catalog.generations.requestCancel(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('is cancelled with its prediction though its workflow was terminated', async () => {
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    await pipeline.temporal.workflow.getHandle(generationWorkflowId(id)).terminate('by hand');
    await pipeline.darkroom.cancelGeneration(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('has its prediction cancelled when its time is over', async () => {
    fake.always({ ends: 'never' });
    const id = await ask(pipeline, { timeoutSeconds: 10 });
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    expect(await ended(pipeline, id)).toMatchObject({
      ...{ status: 'failed', failure: { kind: 'PredictionTimedOut' } },
    });
    expect(states()).toEqual(['canceled']);
    expect(bills().length).toBeLessThanOrEqual(1);
    expect((await shown(pipeline, id)).usage).toMatchObject({ predictions: 1 });
  });
});
