import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { runPrediction } from '../../src/activities/run-prediction.js';
import { storeResult } from '../../src/activities/store-result.js';
import { makersOf, useFakeReplicate } from '../support/fake-replicate.js';
import { gate } from '../support/gate.js';
import { QUICK } from '../support/generations.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

const fake = useFakeReplicate();

let opened: OpenedDeps;
let deps: ActivityDeps;
beforeAll(async () => {
  opened = await openDeps();
  const generation = makersOf(fake, { settleMs: 500 });
  deps = { ...opened.deps, ...QUICK, generation };
});
afterAll(() => opened[Symbol.asyncDispose]());

async function added({ timeoutSeconds = 300 } = {}): Promise<string> {
  const order = ['ann', 'a red door', 96, 64, timeoutSeconds];
  const [row] = await opened.rows(
    `insert into generation_jobs (owner_id, prompt, width, height, timeout_seconds)
      values ($1, $2, $3, $4, $5) returning id::text`,
    order,
  );
  return (row as { id: string }).id;
}

const predicted = (generationId: string, using = deps) =>
  run(runPrediction(using), { generationId, insists: true });

describe('a worker that was taken for lost and goes on beside the one that took over', () => {
  it('shares its prediction when both begin the first try', async () => {
    const generationId = await added();
    const { generations } = deps.catalog;
    const late = gate();
    // Has seen that no try has begun, and goes on when the other one has begun it.
    const frozen: ActivityDeps['catalog']['generations'] = {
      ...generations,
      beginAttempt: async (...begun) => {
        await late.pass();
        return generations.beginAttempt(...begun);
      },
    };
    const first = predicted(generationId, {
      ...deps,
      catalog: { ...deps.catalog, generations: frozen },
    });
    await expect.poll(() => late.waiting).toBe(1);
    fake.always({ startMs: 50, runMs: 1_500 });
    const second = predicted(generationId);
    await expect
      .poll(async () => (await generations.attempt(generationId))?.generation.predictionId)
      .toBeDefined();
    late.open();

    expect(await Promise.all([first, second])).toEqual([
      { state: 'succeeded' },
      { state: 'succeeded' },
    ]);
    expect(fake.ledger()).toMatchObject([{ status: 'succeeded' }]);
  });

  it('takes up the prediction that was made while it was about to ask once more', async () => {
    const generationId = await added();
    const { generations } = deps.catalog;
    // Nothing comes of its own create; before it asks again, the other one has a prediction.
    fake.fail({ on: 'create', status: 429, headers: { 'retry-after': '0' } });
    let other: Promise<unknown> | undefined;
    const overtaken: ActivityDeps['catalog']['generations'] = {
      ...generations,
      orderAgain: async (...order) => {
        other ??= predicted(generationId);
        await expect
          .poll(async () => (await generations.attempt(generationId))?.generation.predictionId)
          .toBeDefined();
        return generations.orderAgain(...order);
      },
    };
    const ran = await predicted(generationId, {
      ...deps,
      catalog: { ...deps.catalog, generations: overtaken },
    });

    expect(ran).toEqual({ state: 'succeeded' });
    expect(await other).toEqual({ state: 'succeeded' });
    expect(fake.ledger()).toHaveLength(1);
  });

  it('brings home the same image when the other one was first', async () => {
    const generationId = await added();
    await predicted(generationId);
    const { generations } = deps.catalog;
    const late = gate();
    const frozen: ActivityDeps['catalog']['generations'] = {
      ...generations,
      completeWith: async (...completed) => {
        await late.pass();
        return generations.completeWith(...completed);
      },
    };
    const catalog = { ...deps.catalog, generations: frozen };
    const first = run(storeResult({ ...deps, catalog }), { generationId });
    await expect.poll(() => late.waiting).toBe(1);
    const second = await run(storeResult(deps), { generationId });
    late.open();
    expect(second.image?.id).toEqual(expect.any(String));
    expect(await first).toEqual(second);
  });

  it('stops when somebody wants the generation cancelled meanwhile', async () => {
    const generationId = await added();
    fake.always({ startMs: 50, runMs: 60_000 });
    const running = predicted(generationId);
    await expect.poll(() => fake.ledger().length).toBe(1);
    await opened.rows(`update generation_jobs set cancel_requested_at = now() where id = $1`, [
      generationId,
    ]);
    expect(await running).toEqual({ state: 'stopped' });
    expect(fake.ledger()).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('a worker whose clock is wrong', () => {
  it.each([
    ['an hour ahead', 3_600_000],
    ['a day behind', -86_400_000],
  ])('by %s has the picture made as if it were right', async (_what, aheadMs) => {
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + aheadMs);
    onTestFinished(() => void vi.restoreAllMocks());
    fake.always({ startMs: 50, runMs: 200 });
    expect(await predicted(await added())).toEqual({ state: 'succeeded' });
  });

  it('gives a picture up when its time is over', async () => {
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() - 86_400_000);
    onTestFinished(() => void vi.restoreAllMocks());
    fake.always({ ends: 'never' });
    const generationId = await added({ timeoutSeconds: 10 });
    // Its provider may see it first, or we.
    await expect(predicted(generationId)).rejects.toSatisfy((error) => {
      const { kind, type } = error as { kind?: string; type?: string };
      return (kind ?? type) === 'PredictionTimedOut';
    });
  });

  it('begins no prediction when the time is over already', async () => {
    const generationId = await added({ timeoutSeconds: 10 });
    await deps.catalog.generations.beginAttempt(generationId, { after: 0, provider: 'replicate' });
    await opened.rows(
      `update generation_jobs set started_at = now() - interval '1 minute' where id = $1`,
      [generationId],
    );
    await expect(predicted(generationId)).rejects.toMatchObject({ kind: 'PredictionTimedOut' });
    expect(fake.calls.filter(({ route }) => route === 'create')).toEqual([]);
  });
});
