import { afterEach, describe, expect, it, vi } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { FAKE_REPLICATE_TOKEN, fakeReplicateSettings } from '../../src/dev/fake-replicate.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { generationWorkflowId } from '../../src/domain/ids.js';
import { openReplicate } from '../../src/generation/replicate.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { ask, ended, QUICK, shown, until, workflowEnd } from '../support/generations.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const fake = useFakeReplicate();

describe('a generation that is paid for', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const start = async (replace: (deps: ActivityDeps) => Partial<ActivityDeps> = () => ({})) => {
    const { REPLICATE_BASE_URL: baseUrl } = fakeReplicateSettings(fake);
    const endpoint = { baseUrl, token: FAKE_REPLICATE_TOKEN, timeoutMs: 1_000 };
    const replicate = openReplicate({
      ...{ endpoint, model: 'black-forest-labs/flux-schnell' },
      ...{ outputs: { allowPrivate: true }, find: { settleMs: 1_500 } },
    });
    const generation = { usual: 'replicate', of: () => replicate } as const;
    pipeline = await startPipeline({
      replace: (deps) => ({ ...QUICK, generation, ...replace({ ...deps, ...QUICK, generation }) }),
      env: { ALLOW_PRIVATE_URLS: '1' },
    });
  };
  const bills = () => fake.ledger().filter(({ billed }) => billed);
  const states = () => fake.ledger().map(({ status }) => status);

  it('is paid for once, and says for what', async () => {
    await start();
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
    await start();
    fake.fail(fault);
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toMatchObject([{ id: end.predictionId }]);
  });

  it('is asked for again when nothing came of its create', async () => {
    await start();
    fake.fail({ on: 'create', reset: true }, { on: 'create', status: 503 });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('waits as long as the provider wants fewer calls', async () => {
    await start();
    const busy = { on: 'create', status: 429, headers: { 'retry-after': '1' } } as const;
    fake.fail(busy, busy, busy, busy);
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('is paid for once when its name could not be recorded', async () => {
    let failures = 2;
    await start(({ catalog }) => ({
      catalog: {
        ...catalog,
        generations: {
          ...catalog.generations,
          recordPrediction: (...record) => {
            failures -= 1;
            if (failures >= 0) throw new DarkroomError('DatabaseUnavailable');
            return catalog.generations.recordPrediction(...record);
          },
        },
      },
    }));
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(failures).toBeLessThan(0);
    expect(fake.ledger()).toHaveLength(1);
  });

  it('has another prediction only when the provider failed, three at most', async () => {
    await start();
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
    await start();
    fake.next({ ends: 'failed', error: 'E6716: the prediction could not be started' });
    const end = await ended(pipeline, await ask(pipeline, { maxAttempts: 2 }));
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 2 });
    expect(end.usage).toMatchObject({ predictions: 2 });
    expect(states()).toEqual(['failed', 'succeeded']);
  });

  it('that the provider does not want to make fails at once', async () => {
    await start();
    fake.always({ ends: 'failed', error: 'NSFW content detected. Try another prompt.' });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({
      ...{ status: 'failed', attemptNumber: 1, failure: { kind: 'ContentRejected' } },
    });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('rides out a provider that does not answer while its picture is made', async () => {
    await start();
    fake.always({ runMs: 1_500 });
    const outage = Array.from({ length: 6 }, () => ({ on: 'get', status: 503 }) as const);
    fake.fail(...outage);
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('is not paid for again when its picture was deleted before it came home', async () => {
    await start();
    fake.always({ runMs: 300 });
    fake.fail({ on: 'file', status: 404 });
    fake.always({ file: 'missing' });
    const end = await ended(pipeline, await ask(pipeline));
    expect(end).toMatchObject({ status: 'failed', failure: { kind: 'ResultExpired' } });
    expect(end.imageId).toBeUndefined();
    expect(fake.ledger()).toHaveLength(1);
  });

  it('brings its picture home though the download fails more than three times', async () => {
    await start();
    const broken = { on: 'file', status: 503 } as const;
    fake.fail(broken, broken, broken, broken);
    expect(await ended(pipeline, await ask(pipeline))).toMatchObject({ status: 'completed' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('is cancelled while it waits for a slot, and nothing is ever asked for', async () => {
    await start();
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
    await start();
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    const view = await pipeline.darkroom.cancelGeneration(id);
    expect(view.cancelRequestedAt).toEqual(expect.any(Date));
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
    expect(await workflowEnd(pipeline, id)).toBe('CANCELLED');
  });

  it('is cancelled with its prediction while the answer to its create is awaited', async () => {
    await start();
    fake.always({ ends: 'never' });
    fake.fail({ on: 'create', hang: true, done: true });
    const id = await ask(pipeline);
    await vi.waitUntil(() => fake.ledger().length === 1, { timeout: 10_000 });
    await pipeline.darkroom.cancelGeneration(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('is cancelled while its picture comes home', async () => {
    await start();
    fake.fail({ on: 'file', delayMs: 60_000 });
    const id = await ask(pipeline);
    await until(pipeline, id, 'downloading');
    await pipeline.darkroom.cancelGeneration(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(await pipeline.darkroom.images()).toEqual([]);
  });

  it('is cancelled by its row alone', async () => {
    await start();
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    await pipeline.deps.catalog.generations.requestCancel(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('is cancelled with its prediction though its workflow was terminated', async () => {
    await start();
    fake.always({ ends: 'never' });
    const id = await ask(pipeline);
    await until(pipeline, id, ({ predictionId }) => predictionId !== undefined);
    await pipeline.temporal.workflow.getHandle(generationWorkflowId(id)).terminate('by hand');
    await pipeline.darkroom.cancelGeneration(id);
    expect(await ended(pipeline, id)).toMatchObject({ status: 'cancelled' });
    expect(states()).toEqual(['canceled']);
  });

  it('has its prediction cancelled when its time is over', async () => {
    await start();
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
