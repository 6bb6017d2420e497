import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { closeRun, openRun, pageImages } from '../../src/activities/runs.js';
import { STEPS } from '../../src/domain/image.js';
import { openDeps, run, type OpenedDeps } from './open-deps.js';

describe('the activities of a run', () => {
  let opened: OpenedDeps;
  let deps: ActivityDeps;
  const ids: string[] = [];

  beforeAll(async () => {
    opened = await openDeps();
    deps = opened.deps;
    for (const ownerId of ['ann', 'ann', 'ann', 'ben']) {
      ids.push(await opened.addOriginal(Buffer.from('never read here'), { ownerId }));
    }
    ids.sort();
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const everything = { scope: 'missing', steps: [...STEPS] } as const;
  const asked = () => ({
    ...{ runId: randomUUID(), workflowId: 'backfill' },
    ...{ scope: everything.scope, steps: [...STEPS] },
  });

  it('counts what is in scope and files the run', async () => {
    const input = asked();
    expect(await run(openRun(deps), input)).toEqual({ total: 4 });
    expect(await deps.catalog.runs.get(input.runId)).toMatchObject({
      ...{ id: input.runId, scope: 'missing', steps: STEPS, status: 'running' },
      ...{ total: 4, done: 0, failed: 0 },
    });
  });

  it.each([
    [{ ownerId: 'ann' }, 3],
    [{ limit: 2 }, 2],
    [{ limit: 9 }, 4],
    [{ ownerId: 'ben', limit: 2 }, 1],
    [{ ownerId: 'nobody' }, 0],
  ])('counts, with %o, %i', async (selection, total) => {
    expect(await run(openRun(deps), { ...asked(), ...selection })).toEqual({ total });
  });

  it('changes nothing when it is opened again', async () => {
    const input = asked();
    await run(openRun(deps), input);
    await deps.catalog.runs.checkpoint(input.runId, { done: 3, failed: 1 });
    const before = await deps.catalog.runs.get(input.runId);
    await run(openRun(deps), input);
    expect(await deps.catalog.runs.get(input.runId)).toEqual(before);
  });

  it('refuses variants without a storage for them, and files the run that was refused', async () => {
    const input = asked();
    const opening = run(openRun({ ...deps, variants: undefined }), input);
    await expect(opening).rejects.toMatchObject({ kind: 'StorageNotConfigured' });
    expect(await deps.catalog.runs.get(input.runId)).toMatchObject({ total: 4 });

    const words = { ...asked(), steps: ['metadata' as const] };
    expect(await run(openRun({ ...deps, variants: undefined }), words)).toEqual({ total: 4 });
  });

  it('pages through the scope by id and files the counts on the way', async () => {
    const { workflowId, ...input } = asked();
    await run(openRun(deps), { workflowId, ...input });
    const first = await run(pageImages(deps), { ...input, limit: 3, done: 0, failed: 0 });
    expect(first.images.map(({ id }) => id)).toEqual(ids.slice(0, 3));

    const after = ids[2] ?? '';
    const next = await run(pageImages(deps), { ...input, after, limit: 3, done: 2, failed: 1 });
    expect(next.images).toEqual([
      { id: ids[3], ownerId: expect.any(String), fileName: expect.any(String) },
    ]);
    expect(await deps.catalog.runs.get(input.runId)).toMatchObject({ done: 2, failed: 1 });
  });

  it('pages through the images of one owner', async () => {
    const { workflowId: _, ...input } = asked();
    const page = { ...input, ownerId: 'ben', limit: 9, done: 0, failed: 0 };
    const { images } = await run(pageImages(deps), page);
    expect(images).toMatchObject([{ ownerId: 'ben' }]);
  });

  it('files how the run ended', async () => {
    const input = asked();
    await run(openRun(deps), input);
    const failure = { kind: 'StorageNotConfigured', message: 'There is no storage.' };
    const end = { runId: input.runId, status: 'failed', done: 2, failed: 1, failure } as const;
    await run(closeRun(deps), end);
    await run(closeRun(deps), end);
    expect(await deps.catalog.runs.get(input.runId)).toMatchObject({
      ...{ status: 'failed', done: 2, failed: 1, failure },
      finishedAt: expect.any(Date),
    });
  });
});
