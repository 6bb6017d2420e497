import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunCatalog } from '../../src/catalog/catalog.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { DarkroomError } from '../../src/domain/failures.js';
import { BACKFILL_WORKFLOW_ID } from '../../src/domain/ids.js';
import { addSmall } from '../support/add-pictures.js';
import { gate, type Gate } from '../support/gate.js';
import { describingBehind } from '../support/held-descriptions.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('the row of a run', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const handle = () => pipeline.temporal.workflow.getHandle(BACKFILL_WORKFLOW_ID);
  const filed = async (runId: string) => (await pipeline.deps.catalog.runs.get(runId))?.status;

  it('says paused when the pause came before the run was opened', async () => {
    pipeline = await startPipeline({ workers: false });
    await addSmall(pipeline, 1);
    const { runId } = await pipeline.darkroom.backfill.start();
    await pipeline.darkroom.backfill.pause();
    await pipeline.startWorkers();
    await vi.waitUntil(async () => (await filed(runId)) === 'paused', { timeout: 15_000 });

    await pipeline.darkroom.backfill.resume();
    expect(await runEnd(pipeline, runId)).toMatchObject({ status: 'succeeded', done: 1 });
  });

  it('may miss a pause that cannot be filed; the run goes on all the same', async () => {
    const held = gate();
    let marks = 0;
    const mark = async () => {
      marks += 1;
      throw new DarkroomError('InvalidInput', 'no such run');
    };
    pipeline = await startPipeline({
      replace: (deps) => ({ ...describingBehind(deps, held), ...filing(deps, { mark }) }),
    });
    await addSmall(pipeline, 2);
    const paging = { pageSize: 1, pagesPerExecution: 1, concurrency: 1 };
    const { runId } = await pipeline.darkroom.backfill.start(paging);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.backfill.pause();
    await vi.waitUntil(() => marks === 1, { timeout: 10_000 });
    held.open();
    await pipeline.darkroom.backfill.resume();

    expect(await runEnd(pipeline, runId, 20_000)).toMatchObject({ status: 'succeeded', done: 2 });
  });

  it('is closed when the run is cancelled while its end is being filed', async () => {
    let closes = 0;
    const held = gate();
    pipeline = await startPipeline({
      replace: (deps) =>
        filing(deps, {
          close: async (...end) => {
            closes += 1;
            if (closes === 1) throw new DarkroomError('DatabaseUnavailable');
            await held.pass();
            return deps.catalog.runs.close(...end);
          },
        }),
    });
    await addSmall(pipeline, 1);
    const { runId } = await pipeline.darkroom.backfill.start();
    await vi.waitUntil(() => closes === 1, { timeout: 20_000 });
    await handle().cancel();
    await cancelSeen(pipeline);
    held.open();

    expect(await runEnd(pipeline, runId, 20_000)).toMatchObject({ status: 'succeeded', done: 1 });
  });

  it('is closed when the run is cancelled while a pause is being filed', async () => {
    const held = gate();
    const unfiled: Gate = gate();
    pipeline = await startPipeline({
      replace: (deps) => ({
        ...describingBehind(deps, held),
        ...filing(deps, { mark: () => unfiled.pass() }),
      }),
    });
    await addSmall(pipeline, 2);
    const paging = { pageSize: 1, pagesPerExecution: 1, concurrency: 1 };
    const { runId } = await pipeline.darkroom.backfill.start(paging);
    await vi.waitUntil(() => held.waiting === 1, { timeout: 10_000 });
    await pipeline.darkroom.backfill.pause();
    await vi.waitUntil(() => unfiled.waiting === 1, { timeout: 10_000 });
    held.open();
    const status = () => pipeline.darkroom.backfill.status();
    await vi.waitUntil(async () => (await status()).done === 1, { timeout: 20_000 });
    await handle().cancel();

    expect(await runEnd(pipeline, runId, 20_000)).toMatchObject({ status: 'cancelled', done: 1 });
    unfiled.open();
  });
});

function filing({ catalog }: ActivityDeps, other: Partial<RunCatalog>): Partial<ActivityDeps> {
  return { catalog: { ...catalog, runs: { ...catalog.runs, ...other } } };
}

/** The workflow has been told, and has had its say about it. */
async function cancelSeen({ temporal }: Pipeline): Promise<void> {
  const seen = async () => {
    const { events = [] } = await temporal.workflow
      .getHandle(BACKFILL_WORKFLOW_ID)
      .fetchHistory()
      .then(({ events }) => ({ events: events ?? [] }));
    const at = events.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
    return at >= 0 && events.slice(at).some((event) => event.workflowTaskCompletedEventAttributes);
  };
  await vi.waitUntil(seen, { timeout: 10_000 });
}
