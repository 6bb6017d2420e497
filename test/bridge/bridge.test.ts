import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { openCatalog } from '../../src/catalog/postgres.js';
import { generationWorkflowId, imageWorkflowId } from '../../src/domain/ids.js';
import { openBridgeBench, type BridgeBench } from '../support/bridge.js';

let bench: BridgeBench;

beforeAll(async () => {
  bench = await openBridgeBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => bench.sql('truncate generation_jobs, images cascade'));

const startedWithin = (kind: 'generation' | 'image', id: string, timeout = 15_000) =>
  vi.waitUntil(() => bench.isStarted(kind, id), { timeout, interval: 20 });

async function row(id: string) {
  const [found] = await bench.sql<Record<string, unknown>>(
    'select *, dispatched_at is not null as dispatched from generation_jobs where id = $1',
    [id],
  );
  return found;
}

async function image(id: string) {
  const [found] = await bench.sql<Record<string, unknown>>(
    'select status, requested_at is not null as requested from images where id = $1',
    [id],
  );
  return found;
}

async function addImage(original: string, more = ''): Promise<string> {
  const [added] = await bench.sql<{ id: string }>(
    `insert into images (owner_id, original ${more && ', requested_steps'})
     values ('ann', $1 ${more && `, '${more}'`}) returning id`,
    [original],
  );
  return added?.id ?? '';
}

describe('a generation that an application inserts', () => {
  it('needs an owner and a prompt, and is started under the id of its row', async () => {
    await using _bridge = bench.bridge();
    const [id = ''] = await bench.addGenerations(1);
    await startedWithin('generation', id);
    await vi.waitUntil(async () => (await row(id))?.dispatched);
    const work = await bench.temporal.workflow.getHandle(generationWorkflowId(id)).describe();
    expect(work).toMatchObject({ type: 'generateImage', priority: { fairnessKey: 'ann' } });
  });

  it('is started by whoever comes, when it waited while nobody did', async () => {
    const ids = await bench.addGenerations(250);
    await using _bridge = bench.bridge();
    await vi.waitUntil(async () => (await bench.waiting()) === 0, { timeout: 30_000 });
    await expect(bench.isStarted('generation', ids.at(-1) ?? '')).resolves.toBe(true);
  });

  it('fails with every problem when it cannot be tried, and holds up no other', async () => {
    await using _bridge = bench.bridge();
    const [bad = ''] = await bench.addGenerations(1, {
      ...{ priority: 5, width: 3, style: 'nice', provider: 'none' },
    });
    const [good = ''] = await bench.addGenerations(1);
    await startedWithin('generation', good);
    const failed = await row(bad);
    expect(failed).toMatchObject({ status: 'failed', failure_kind: 'InvalidInput' });
    expect(failed?.failure_message).toMatch(
      /width must .*There is no provider|There is no provider .*width must/s,
    );
    expect(failed?.failure_message).toContain('There is no style "nice"');
    expect(failed?.finished_at).toBeInstanceOf(Date);
    await expect(bench.isStarted('generation', bad)).resolves.toBe(false);
  });

  it('fails with what enqueue_job could not read as well', async () => {
    await using _bridge = bench.bridge();
    const payload = { owner_id: 'ann', width: '640', steps: 1000 };
    const [added] = await bench.sql<{ id: string }>(
      `select enqueue_job('generate', $1::jsonb) as id`,
      [JSON.stringify(payload)],
    );
    const failed = await vi.waitUntil(
      async () => {
        const found = await row(added?.id ?? '');
        return found?.status === 'failed' && found;
      },
      { timeout: 15_000 },
    );
    expect(failed.failure_message).toBe(
      'The field width must be a whole number. The prompt is empty. ' +
        'The number of steps must be a whole number from 1 to 200.',
    );
  });

  it('is started once of a thousand in one INSERT, while two bridges look', async () => {
    await using _one = bench.bridge();
    await using _other = bench.bridge();
    const ids = await bench.addGenerations(1000);
    await vi.waitUntil(async () => (await bench.waiting()) === 0, { timeout: 60_000 });
    const executions = await vi.waitUntil(
      async () => {
        const found = await bench.executions(ids);
        return found.length >= 1000 && found;
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(executions).toHaveLength(1000);
    expect(new Set(executions.map(({ workflowId }) => workflowId)).size).toBe(1000);
    expect(bench.said).toEqual([]);
  }, 120_000);

  it('is started in the order of priority, then of age', async () => {
    // More than a page: those of one page are started almost at once.
    const low = await bench.addGenerations(120);
    const [urgent = ''] = await bench.addGenerations(1, { priority: 20 });
    await using _bridge = bench.bridge();
    await vi.waitUntil(async () => (await bench.waiting()) === 0, { timeout: 15_000 });
    const startOf = async (id: string) =>
      (await bench.temporal.workflow.getHandle(generationWorkflowId(id)).describe()).startTime;
    const last = await startOf(low.at(-1) ?? '');
    expect((await startOf(urgent)).getTime()).toBeLessThan(last.getTime());
  });

  it('is found without hints, as on PGlite, or when a hint was lost', async () => {
    await bench.sql('alter table generation_jobs disable trigger generation_jobs_added');
    try {
      await using _bridge = bench.bridge();
      const [first = ''] = await bench.addGenerations(1);
      await startedWithin('generation', first);
      const [id = ''] = await bench.addGenerations(1);
      await startedWithin('generation', id, 8_000);
    } finally {
      await bench.sql('alter table generation_jobs enable trigger generation_jobs_added');
    }
  });
});

describe('a cancellation by SQL', () => {
  it('ends a row that nobody has started yet', async () => {
    const [id = ''] = await bench.addGenerations(1);
    await bench.sql('select cancel_job($1)', [id]);
    await using _bridge = bench.bridge();
    await vi.waitUntil(async () => (await row(id))?.status === 'cancelled', { timeout: 15_000 });
    await expect(bench.isStarted('generation', id)).resolves.toBe(false);
  });

  it('reaches the workflow that runs', async () => {
    await using _bridge = bench.bridge();
    const [id = ''] = await bench.addGenerations(1);
    await startedWithin('generation', id);
    await bench.sql('select cancel_job($1)', [id]);
    const handle = bench.temporal.workflow.getHandle(generationWorkflowId(id));
    await vi.waitUntil(
      async () => {
        const { events } = await handle.fetchHistory();
        return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
      },
      { timeout: 15_000 },
    );
  });

  it('of very many holds up no image that is inserted then', async () => {
    const ids = await bench.addGenerations(250);
    {
      await using _bridge = bench.bridge();
      await vi.waitUntil(async () => (await bench.waiting()) === 0, { timeout: 30_000 });
    }
    await bench.sql('update generation_jobs set cancel_requested_at = now()');
    const inserted = await addImage('originals/behind.jpg');
    await using _bridge = bench.bridge();
    const last = bench.temporal.workflow.getHandle(generationWorkflowId(ids.sort().at(-1) ?? ''));
    const cancelled = await vi.waitUntil(
      async () => {
        const { events } = await last.fetchHistory();
        return events?.find((event) => event.workflowExecutionCancelRequestedEventAttributes);
      },
      { timeout: 30_000 },
    );
    const { startTime } = await bench.temporal.workflow
      .getHandle(imageWorkflowId(inserted))
      .describe();
    const { seconds, nanos } = cancelled.eventTime ?? {};
    expect(startTime.getTime()).toBeLessThan(Number(seconds) * 1e3 + Number(nanos) / 1e6);
  });

  it('that Temporal will not take holds up no other', async () => {
    // Its workflow is to be started again, and its owner is longer than Temporal lets one be.
    await bench.sql(
      `insert into generation_jobs (owner_id, prompt, status, attempt_number, started_at, cancel_requested_at)
       values (repeat('x', 5000), 'a lighthouse', 'processing', 1, now(), now())`,
    );
    const [id = ''] = await bench.addGenerations(1);
    await bench.sql('select cancel_job($1)', [id]);
    await using _bridge = bench.bridge();
    await vi.waitUntil(async () => (await row(id))?.status === 'cancelled', { timeout: 15_000 });
    expect(bench.said.splice(0)).toContainEqual(expect.stringContaining('could not be cancelled'));
  });

  it('has a lost workflow started again that may have a prediction open, and ends nothing itself', async () => {
    await using _bridge = bench.bridge();
    const [id = ''] = await bench.addGenerations(1);
    await vi.waitUntil(async () => (await row(id))?.dispatched, { timeout: 15_000 });
    const work = bench.temporal.workflow.getHandle(generationWorkflowId(id));
    const { runId } = await work.describe();
    await work.terminate();
    await bench.sql(
      `update generation_jobs set status = 'processing', attempt_number = 1, started_at = now() where id = $1`,
      [id],
    );
    await bench.sql('select cancel_job($1)', [id]);
    await vi.waitUntil(
      async () => {
        const { runId: latest, status } = await work.describe();
        return latest !== runId && status.name === 'RUNNING';
      },
      { timeout: 15_000 },
    );
    expect(await row(id)).toMatchObject({ status: 'processing' });
  });

  it('ends a row whose workflow was lost', async () => {
    await using _bridge = bench.bridge();
    const [id = ''] = await bench.addGenerations(1);
    await vi.waitUntil(async () => (await row(id))?.dispatched, { timeout: 15_000 });
    await bench.temporal.workflow.getHandle(generationWorkflowId(id)).terminate();
    await bench.sql('select cancel_job($1)', [id]);
    await vi.waitUntil(async () => (await row(id))?.status === 'cancelled', { timeout: 15_000 });
  });
});

describe('an image that an application inserts', () => {
  it('is started as far in front as an upload, for the steps that the row names', async () => {
    await using _bridge = bench.bridge();
    const id = await addImage('originals/harbour.jpg', '{variants}');
    await startedWithin('image', id);
    await vi.waitUntil(async () => !(await image(id))?.requested);
    await expect(image(id)).resolves.toEqual({ status: 'processing', requested: false });
    const handle = bench.temporal.workflow.getHandle(imageWorkflowId(id));
    const work = await handle.describe();
    expect(work).toMatchObject({ type: 'processImage', priority: { priorityKey: 1 } });
    const { events } = await handle.fetchHistory();
    const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(JSON.parse(Buffer.from(input?.data ?? []).toString())).toMatchObject({
      imageId: id,
      request: { steps: ['variants'] },
    });
  });

  it('is left alone when Darkroom registered it', async () => {
    await using catalog = openCatalog(bench.url);
    await catalog.images.add([{ ownerId: 'ann', original: 'a', fileName: 'a' }]);
    const { id } = await catalog.images.register({ ownerId: 'ann', original: 'b', fileName: 'b' });
    await using _bridge = bench.bridge();
    await startedWithin('image', await addImage('c'));
    await expect(bench.isStarted('image', id)).resolves.toBe(false);
    await expect(
      bench.sql(`select count(*)::integer as pending from images where status = 'pending'`),
    ).resolves.toEqual([{ pending: 2 }]);
  });

  it('holds up no other when Temporal will not take it', async () => {
    // Longer than what images are found by may be.
    await bench.sql(
      `insert into images (owner_id, original) values (repeat('x', 5000), 'originals/odd.jpg')`,
    );
    await using _bridge = bench.bridge();
    await startedWithin('image', await addImage('originals/next.jpg'));
    expect(bench.said.splice(0)).toContainEqual(expect.stringContaining('could not be started'));
  });

  it('is started again when the row asks again', async () => {
    await using _bridge = bench.bridge();
    const id = await addImage('originals/again.jpg');
    await startedWithin('image', id);
    await vi.waitUntil(async () => !(await image(id))?.requested);
    await bench.temporal.workflow.getHandle(imageWorkflowId(id)).terminate();
    await bench.sql(`update images set status = 'completed', requested_at = now() where id = $1`, [
      id,
    ]);
    await vi.waitUntil(async () => !(await image(id))?.requested, { timeout: 15_000 });
    // The workflow says itself that it has begun; until then what was done counts as done.
    await expect(image(id)).resolves.toMatchObject({ status: 'completed' });
    const work = await bench.temporal.workflow.getHandle(imageWorkflowId(id)).describe();
    expect(work.status.name).toBe('RUNNING');
  });
});

describe.skipIf(inject('postgresUrl') === undefined)('a hint', () => {
  it('brings a row to its workflow long before the next sweep', async () => {
    await using _bridge = bench.bridge();
    const [first = ''] = await bench.addGenerations(1);
    await startedWithin('generation', first);
    for (let round = 0; round < 10; round += 1) {
      const [id = ''] = await bench.addGenerations(1);
      // The mean wait for a sweep is 2.5 s.
      await startedWithin('generation', id, 1_000);
    }
  });

  it('comes of a request for an image and of a cancellation too', async () => {
    await using _bridge = bench.bridge();
    await startedWithin('generation', (await bench.addGenerations(1))[0] ?? '');
    for (let round = 0; round < 5; round += 1) {
      await startedWithin('image', await addImage(`round ${round}`), 1_000);
      const [id = ''] = await bench.addGenerations(1);
      await vi.waitUntil(async () => (await row(id))?.dispatched, { timeout: 1_000 });
      await bench.temporal.workflow.getHandle(generationWorkflowId(id)).terminate();
      await bench.sql('select cancel_job($1)', [id]);
      await vi.waitUntil(async () => (await row(id))?.status === 'cancelled', { timeout: 1_000 });
    }
  });
});
