import { afterEach, describe, expect, it } from 'vitest';
import { fakeReplicateSettings } from '../../src/dev/fake-replicate.js';
import type { GenerationRequest } from '../../src/client.js';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { ended, QUICK, shown } from '../support/generations.js';
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

  it('never have more predictions open than there are slots', async () => {
    await start({ GENERATION_CONCURRENCY: '3' });
    fake.always({ startMs: 50, runMs: 300 });
    const ids = await ask(Array.from({ length: 12 }, (_, seed) => ({ seed })));
    await pipeline.startWorkers();
    let most = 0;
    const open = () => fake.ledger().filter(({ status }) => /starting|processing/.test(status));
    const watching = setInterval(() => (most = Math.max(most, open().length)), 5);
    const ends = await allEnded(ids).finally(() => clearInterval(watching));
    expect(ends.map(({ status }) => status)).toEqual(ids.map(() => 'completed'));
    expect(fake.ledger()).toHaveLength(12);
    expect(most).toBe(3);
  });

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
  });

  it('are shared between owners who ask at the same time', async () => {
    await start({ GENERATION_CONCURRENCY: '1' });
    fake.always({ startMs: 10, runMs: 50 });
    const many = await ask(Array.from({ length: 10 }, (_, seed) => ({ seed })));
    const [one = ''] = await ask([{ ownerId: 'bob' }]);
    await pipeline.startWorkers();
    await allEnded([...many, one]);
    const ofBob = await shown(pipeline, one);
    const all = await Promise.all(many.map((id) => shown(pipeline, id)));
    const before = all.filter(({ startedAt }) => Number(startedAt) < Number(ofBob.startedAt));
    expect(before.length).toBeLessThan(5);
  });
});
