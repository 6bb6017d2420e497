import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startUnfinished } from '../../src/client/kick-run.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { STEPS } from '../../src/domain/image.js';
import type { ProcessRequest } from '../../src/domain/process-request.js';
import { failure, newImage } from '../catalog/records.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';

const RUN = 'run-1';

/** Nobody works on what is started, so it runs for as long as the test wants. */
describe('a kick of a run', () => {
  let pipeline: Pipeline;
  let database: pg.Client;

  beforeEach(async () => {
    pipeline = await startPipeline({ workers: false });
    database = new pg.Client(pipeline.env.DATABASE_URL);
    await database.connect();
    const { runs } = pipeline.deps.catalog;
    const run = { id: RUN, workflowId: 'backfill', steps: [...STEPS], total: 3 };
    await runs.open({ ...run, scope: 'missing' });
  });
  afterEach(async () => {
    await database.end();
    await pipeline[Symbol.asyncDispose]();
  });

  async function add(name: string): Promise<string> {
    return (await pipeline.deps.catalog.images.register(newImage(name))).id;
  }
  const fail = (id: string) =>
    pipeline.deps.catalog.images.recordFailure(id, [...STEPS], failure({ runId: RUN }));

  async function kick(atMost: number): Promise<number> {
    const { temporal: client, deps } = pipeline;
    const run = await deps.catalog.runs.get(RUN);
    if (run === undefined) throw new Error('the test lost its run');
    return startUnfinished({ client, catalog: deps.catalog }, run, atMost);
  }

  async function running(ids: string[]): Promise<string[]> {
    const run = await Promise.all(ids.map((id) => pipeline.deps.images.isRunning(id)));
    return ids.filter((_, index) => run[index]);
  }
  const work = (id: string) => pipeline.temporal.workflow.getHandle(imageWorkflowId(id));

  async function requestOf(id: string): Promise<ProcessRequest> {
    const { events } = await work(id).fetchHistory();
    const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const started = JSON.parse(Buffer.from(input?.data ?? []).toString()) as {
      request: ProcessRequest;
    };
    return started.request;
  }

  it('passes over what runs already, and takes the next', async () => {
    const ids = [await add('a'), await add('b'), await add('c')];
    for (const id of ids) await fail(id);
    await expect(kick(2)).resolves.toBe(2);
    expect(await running(ids)).toEqual(ids.slice(0, 2));
    await expect(kick(2)).resolves.toBe(1);
    expect(await running(ids)).toEqual(ids);
    await expect(kick(2)).resolves.toBe(0);
  });

  it('begins with what was not touched for longest, so that what failed again comes last', async () => {
    const [a = '', b = '', c = ''] = [await add('a'), await add('b'), await add('c')];
    for (const id of [a, b, c]) await fail(id);
    await kick(2);
    for (const id of [a, b]) {
      await work(id).terminate();
      await fail(id);
    }
    await expect(kick(2)).resolves.toBe(2);
    expect(await running([a, b, c])).toEqual([a, c]);
  });

  it('does again what failed although it was done, and nothing else that is done', async () => {
    const id = await add('a');
    await database.query(
      `update images set variants_ready = true, variants_state = 'done', metadata_state = 'done', embedding_state = 'done'`,
    );
    await pipeline.deps.catalog.images.recordFailure(id, ['variants'], failure({ runId: RUN }));
    await expect(kick(2)).resolves.toBe(1);
    expect(await requestOf(id)).toMatchObject({ steps: ['variants'], force: true });
  });

  it('takes all that an image waits for when a step of the run is among it', async () => {
    const id = await add('a');
    await database.query(`update images set metadata_state = 'deferred'`);
    await database.query(`update backfill_runs set steps = '{metadata}'`);
    await expect(kick(2)).resolves.toBe(1);
    const request = await requestOf(id);
    expect(request).toMatchObject({ steps: ['variants', 'metadata', 'embedding'] });
    expect(request).not.toHaveProperty('force');
  });
});
