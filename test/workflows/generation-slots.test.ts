import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeReplicateSettings } from '../../src/dev/fake-replicate.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import type { GenerationRequest } from '../../src/client.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { ended, QUICK, shown, until } from '../support/generations.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const fake = useFakeReplicate();

describe('the slots of a worker', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const start = async (env: Record<string, string>) => {
    pipeline = await startPipeline({
      replace: () => QUICK,
      env: { ...fakeReplicateSettings(fake), ...env },
      workers: false,
    });
  };
  const ask = async (requests: Partial<GenerationRequest>[]): Promise<string[]> => {
    const small = { prompt: 'a red door', ownerId: 'ann', width: 64, height: 64 };
    const added = await pipeline.darkroom.generate(requests.map((it) => ({ ...small, ...it })));
    return added.map(({ id }) => id);
  };
  const allEnded = (ids: string[]) => Promise.all(ids.map((id) => ended(pipeline, id)));

  const waiting = async (): Promise<number | undefined> => {
    const queues = await pipeline.darkroom.queues();
    return queues.find(({ queue }) => queue === TASK_QUEUES.generation)?.waiting;
  };

  it('never have more predictions open than there are slots', async () => {
    await start({ GENERATION_CONCURRENCY: '3' });
    fake.always({ startMs: 10, runMs: 50 });
    const endless = { ends: 'never' } as const;
    fake.next(endless, endless, endless);
    const ids = await ask(Array.from({ length: 12 }, (_, seed) => ({ seed })));
    await pipeline.startWorkers();
    let most = 0;
    const open = () => fake.ledger().filter(({ status }) => /starting|processing/.test(status));
    const watching = setInterval(() => (most = Math.max(most, open().length)), 5);
    await vi.waitUntil(async () => open().length === 3 && (await waiting()) === 9, {
      timeout: 30_000,
    });
    const held = (await Promise.all(ids.map((id) => shown(pipeline, id)))).filter(
      ({ status }) => status === 'processing',
    );
    expect(held).toHaveLength(3);
    await Promise.all(held.map(({ id }) => pipeline.darkroom.cancelGeneration(id)));
    const ends = await allEnded(ids).finally(() => clearInterval(watching));
    expect(ends.filter(({ status }) => status === 'completed')).toHaveLength(9);
    expect(fake.ledger()).toHaveLength(12);
    expect(most).toBe(3);
  }, 120_000);

  it('go to the highest priority first, whatever came first', async () => {
    await start({ GENERATION_CONCURRENCY: '1' });
    fake.always({ startMs: 10, runMs: 100 });
    const priorities = [0, 3, -2, 12, 1, 0, 40, 9, -20, 5, 11, 3];
    const ids = await ask(priorities.map((priority, seed) => ({ priority, seed })));
    await pipeline.startWorkers();
    await allEnded(ids);
    const all = await Promise.all(ids.map((id) => shown(pipeline, id)));
    const begun = all.sort((a, b) => Number(a.startedAt) - Number(b.startedAt));
    expect(begun.map(({ priority }) => priority)).toEqual([...priorities].sort((a, b) => b - a));
  }, 120_000);

  it('are shared between owners who ask at the same time', async () => {
    await start({ GENERATION_CONCURRENCY: '1' });
    fake.always({ startMs: 10, runMs: 50 });
    fake.next({ ends: 'never' });
    const [first = ''] = await ask([{}]);
    await pipeline.startWorkers();
    await until(pipeline, first, 'processing');
    const many = await ask(Array.from({ length: 10 }, (_, seed) => ({ seed })));
    const [one = ''] = await ask([{ ownerId: 'bob' }]);
    await vi.waitUntil(async () => (await waiting()) === 11, { timeout: 30_000 });
    await pipeline.darkroom.cancelGeneration(first);
    await allEnded([...many, one]);
    const ofBob = await shown(pipeline, one);
    const all = await Promise.all(many.map((id) => shown(pipeline, id)));
    const before = all.filter(({ startedAt }) => Number(startedAt) < Number(ofBob.startedAt));
    expect(before.length).toBeLessThanOrEqual(1);
  }, 120_000);
});
