import { describe, expect, it } from 'vitest';
import type { NewRun } from '../../src/catalog/catalog.js';
import { useCatalog } from './open.js';

const db = useCatalog();

function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, workflowId: 'backfill', scope: 'stale', steps: ['variants'], total: 12, ...more };
}

describe('runs', () => {
  it('are running with nothing done when they are opened', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    await expect(runs.get('run-1')).resolves.toEqual({
      id: 'run-1',
      scope: 'stale',
      steps: ['variants'],
      status: 'running',
      total: 12,
      done: 0,
      failed: 0,
      pausedMs: 0,
      startedAt: expect.any(Date),
    });
  });

  it('stay as they are when they are opened again', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    await runs.checkpoint('run-1', { done: 4, failed: 1 });
    const before = await runs.get('run-1');
    await runs.open(newRun('run-1', { total: 99 }));
    await expect(runs.get('run-1')).resolves.toEqual(before);
    expect(before).toMatchObject({ done: 4, failed: 1, total: 12 });
  });

  it('end with a status, exact counts and a time', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    await runs.checkpoint('run-1', { done: 4, failed: 1 });
    await runs.close('run-1', { status: 'succeeded_with_failures', done: 11, failed: 1 });
    const run = await runs.get('run-1');
    expect(run).toMatchObject({ status: 'succeeded_with_failures', done: 11, failed: 1 });
    expect(run?.failure).toBeUndefined();
    expect(run?.finishedAt?.getTime()).toBeGreaterThanOrEqual(run?.startedAt.getTime() ?? Infinity);
  });

  it('take no counts from a checkpoint that comes late', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    await runs.checkpoint('run-1', { done: 8, failed: 2 });
    await runs.checkpoint('run-1', { done: 4, failed: 1 });
    await expect(runs.get('run-1')).resolves.toMatchObject({ done: 8, failed: 2 });

    await runs.close('run-1', { status: 'cancelled', done: 9, failed: 2 });
    await runs.checkpoint('run-1', { done: 10, failed: 3 });
    await expect(runs.get('run-1')).resolves.toMatchObject({ done: 9, failed: 2 });
  });

  it('say why they failed', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    const failure = { kind: 'StorageNotConfigured', message: 'There is none.' };
    await runs.close('run-1', { status: 'failed', done: 0, failed: 0, failure });
    await expect(runs.get('run-1')).resolves.toMatchObject({ status: 'failed', failure });
  });

  it('keep how long they were paused, the pause that lasts included', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1'));
    const counts = { done: 1, failed: 0 };
    const pausedMs = async () => (await runs.get('run-1'))?.pausedMs ?? -1;
    const backdate = (by: string) =>
      db.sql(`update backfill_runs set paused_at = paused_at - $1::interval`, [by]);

    await runs.mark('run-1', { status: 'paused', ...counts });
    await backdate('10 seconds');
    expect(await pausedMs()).toBeGreaterThanOrEqual(10_000);
    await runs.mark('run-1', { status: 'running', ...counts });
    const first = await pausedMs();
    expect(first).toBeGreaterThanOrEqual(10_000);
    expect(first).toBeLessThan(20_000);

    await runs.mark('run-1', { status: 'paused', ...counts });
    await backdate('30 seconds');
    await runs.close('run-1', { status: 'cancelled', ...counts });
    const whole = await pausedMs();
    expect(whole).toBeGreaterThanOrEqual(first + 30_000);
    await runs.close('run-1', { status: 'cancelled', ...counts });
    expect(await pausedMs()).toBe(whole);
  });

  it('keep the concurrency that they were told last', async () => {
    const { runs } = db.catalog;
    await runs.open(newRun('run-1', { concurrency: 3 }));
    await expect(runs.get('run-1')).resolves.toMatchObject({ concurrency: 3 });
    await runs.setConcurrency('run-1', 12);
    await expect(runs.get('run-1')).resolves.toMatchObject({ concurrency: 12 });
  });

  it('are listed newest first, and no more than asked for', async () => {
    const { runs } = db.catalog;
    for (const id of ['run-1', 'run-2', 'run-3']) await runs.open(newRun(id));
    const idsOf = async (limit: number) => (await runs.list(limit)).map(({ id }) => id);
    await expect(idsOf(10)).resolves.toEqual(['run-3', 'run-2', 'run-1']);
    await expect(idsOf(2)).resolves.toEqual(['run-3', 'run-2']);
  });

  it('that never were are nothing, and have no failures', async () => {
    const { runs } = db.catalog;
    await expect(runs.get('nonsense')).resolves.toBeUndefined();
    await expect(runs.failures('nonsense', 10)).resolves.toEqual([]);
    await expect(runs.list(10)).resolves.toEqual([]);
  });
});
