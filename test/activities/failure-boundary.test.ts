import { fileURLToPath } from 'node:url';
import { activityInfo, cancellationSignal, type Context } from '@temporalio/activity';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  bundleWorkflowCode,
  NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { FailureBoundary } from '../../src/activities/failure-boundary.js';
import { ACTIVITY_SETTINGS } from '../../src/create-workers.js';
import { DarkroomError, FAILURES, type FailureKind } from '../../src/domain/failures.js';
import { keptFailure } from '../../src/domain/kept-failure.js';
import { installQuietRuntime } from '../support/quiet-runtime.js';
import type { oneActivity, Work } from './support/one-activity.js';

const logger = installQuietRuntime();

/** Longer than anything here takes. */
const LONG = { timeout: 20_000 };

/**
 * Runs on the real server, because it is the server that decides whether there is another try. All
 * at once, because it takes a second for each.
 */
describe.concurrent('the failure boundary', () => {
  let workflowBundle: WorkflowBundle;
  let connection: Connection;
  let native: NativeConnection;
  let client: Client;

  beforeAll(async () => {
    const workflowsPath = fileURLToPath(new URL('./support/one-activity.ts', import.meta.url));
    workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
    const address = inject('temporalAddress');
    connection = await Connection.connect({ address });
    native = await NativeConnection.connect({ address });
    client = new Client({ connection });
  });
  afterAll(async () => {
    await native.close();
    await connection.close();
  });

  let queues = 0;
  const newQueue = () => `failure-boundary-${process.pid}-${queues++}`;

  function createWorker(taskQueue: string, work: Work, options: Partial<WorkerOptions> = {}) {
    return Worker.create({
      connection: native,
      taskQueue,
      workflowBundle,
      activities: { work },
      ...ACTIVITY_SETTINGS,
      ...options,
    });
  }

  type Handle = WorkflowHandle<typeof oneActivity>;

  function start(taskQueue: string, options: Parameters<typeof oneActivity>[0] = {}) {
    return client.workflow.start<typeof oneActivity>('oneActivity', {
      ...{ taskQueue, workflowId: taskQueue, args: [options] },
    });
  }

  /** What the workflow gets from its activity. */
  const outcomeOf = (handle: Handle): Promise<unknown> =>
    handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      return error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    });

  /** Runs the work, tried again by the server, to its end; its last word and the number of tries. */
  async function outcome(
    work: (attempt: number) => unknown,
    activity: Parameters<typeof oneActivity>[0] = {},
    options: Partial<WorkerOptions> = {},
  ): Promise<{ ended: unknown; attempts: number }> {
    const queue = newQueue();
    let attempts = 0;
    const counted = async () => {
      attempts = activityInfo().attempt;
      await work(attempts);
      return 'done';
    };
    const worker = await createWorker(queue, counted, options);
    const handle = await start(queue, activity);
    const ended = await worker.runUntil(outcomeOf(handle));
    return { ended, attempts };
  }

  /** Fails with these kinds, one an attempt, then succeeds. */
  const failing = (kinds: FailureKind[]) => (attempt: number) => {
    const kind = kinds[attempt - 1];
    if (kind !== undefined) throw new DarkroomError(kind, `${kind} in attempt ${attempt}`);
  };

  it('tries again when the provider said so, and leaves what is too far away to others', async () => {
    const wanting = (retryAfterMs: number) => async () => {
      times.push(Date.now());
      if (times.length === 1) {
        throw new DarkroomError('ProviderRateLimited', 'later', { retryAfterMs });
      }
    };
    let times: number[] = [];
    const soon = await outcome(wanting(700));
    expect(soon).toMatchObject({ ended: 'done', attempts: 2 });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(690);
    times = [];
    const late = await outcome(wanting(6 * 60_000));
    expect(late).toMatchObject({ ended: { type: 'ProviderRateLimited' }, attempts: 1 });
  });

  const always = (kind: FailureKind) => failing(Array.from({ length: 60 }, () => kind));

  const final = (type: FailureKind, attempt: number) => ({
    ...keptFailure(type, `${type} in attempt ${attempt}`),
    nonRetryable: true,
  });

  /** Resolves, inside an activity, when the server has had a heartbeat of this try. */
  async function heartbeatArrived(): Promise<void> {
    const begunMs = Date.now();
    const handle = client.workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '');
    const arrived = async () => {
      const { seconds } = (await pendingActivity(handle))?.lastHeartbeatTime ?? {};
      return Number(seconds ?? 0) * 1000 >= begunMs;
    };
    await vi.waitUntil(arrived, LONG);
  }

  it.each(['EncoderCrashed', 'EncodeTimedOut', 'Unexpected'] as const)(
    'gives %s three tries, then tells the workflow kind and words',
    async (kind) => {
      const { ended, attempts } = await outcome(always(kind));
      expect(attempts).toBe(3);
      expect(ended).toBeInstanceOf(ApplicationFailure);
      expect(ended).toMatchObject(final(kind, 3));
    },
  );

  it('counts three tries without a heartbeat time-out too', async () => {
    const { attempts } = await outcome(always('EncoderCrashed'), { heartbeatTimeout: undefined });
    expect(attempts).toBe(3);
  });

  it('counts three tries when a heartbeat went just before', async () => {
    const { ended, attempts } = await outcome(async (attempt) => {
      // From now on the SDK holds heartbeats back for a while, and the count must not be lost in it.
      await heartbeatArrived();
      always('EncoderCrashed')(attempt);
    });
    expect(attempts).toBe(3);
    expect(ended).toMatchObject(final('EncoderCrashed', 3));
  });

  it.each(['ImageCorrupt', 'OriginalMissing', 'StorageNotConfigured', 'ImageNotFound'] as const)(
    'tries %s once',
    async (kind) => {
      expect(FAILURES[kind].retry).toBe(false);
      const { ended, attempts } = await outcome(always(kind));
      expect(attempts).toBe(1);
      expect(ended).toMatchObject(final(kind, 1));
    },
  );

  it('counts an error that it does not know as Unexpected', async () => {
    const { ended, attempts } = await outcome(() => {
      throw new TypeError('undefined is not a picture');
    });
    expect(attempts).toBe(3);
    expect(ended).toMatchObject({
      ...{ type: 'Unexpected', details: ['undefined is not a picture'], nonRetryable: true },
    });
  });

  it('rides out a machine that is at its end: four times without a handle do not count', async () => {
    const ended = await outcome((attempt) => {
      const words = 'EMFILE: too many open files';
      if (attempt <= 4) throw Object.assign(new Error(words), { code: 'EMFILE' });
    });
    expect(ended).toEqual({ ended: 'done', attempts: 5 });
  });

  it('blames what failed first when the tidying up after it fails as well', async () => {
    const lacking = () =>
      Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    const ended = await outcome(async (attempt) => {
      await using _folder = { [Symbol.asyncDispose]: () => Promise.reject(lacking()) };
      await using _handle = { [Symbol.asyncDispose]: () => Promise.reject(new Error('closed')) };
      if (attempt <= 3) throw lacking();
      throw new DarkroomError('NotAnImage', 'a text');
    });
    expect(ended).toMatchObject({
      ended: { type: 'NotAnImage', details: ['a text'] },
      attempts: 4,
    });
  });

  it('knows a kind also by an error of another copy of the package', async () => {
    const foreign = { name: 'DarkroomError', kind: 'OriginalMissing' };
    const { ended, attempts } = await outcome(() => {
      throw Object.assign(new Error('it is not there'), foreign);
    });
    expect(attempts).toBe(1);
    expect(ended).toMatchObject({ type: 'OriginalMissing', details: ['it is not there'] });
  });

  it('passes on what an activity has decided itself', async () => {
    const { ended, attempts } = await outcome(() => {
      throw ApplicationFailure.nonRetryable('somebody else tried', 'NotAnImage');
    });
    expect(attempts).toBe(1);
    expect(ended).toMatchObject({ type: 'NotAnImage', message: 'somebody else tried' });
  });

  it('rides out infrastructure: five outages do not count', async () => {
    const outages = Array.from({ length: 5 }, () => 'DatabaseUnavailable' as const);
    expect(await outcome(failing(outages))).toEqual({ ended: 'done', attempts: 6 });
  });

  it('remembers what counts through what does not', async () => {
    const [crash, outage] = ['EncoderCrashed', 'StorageUnavailable'] as const;
    const mixed = [outage, outage, crash, outage, outage, crash, outage, outage];
    const [succeeded, failed] = await Promise.all([
      outcome(failing(mixed)),
      outcome(failing([...mixed, crash])),
    ]);
    expect(succeeded).toEqual({ ended: 'done', attempts: 9 });
    expect(failed).toMatchObject({ attempts: 9, ended: final(crash, 9) });
  });

  it('lets a cancel reach a running activity within three seconds', async () => {
    const queue = newQueue();
    const heard: { afterMs: number; reason: unknown }[] = [];
    let cancelledAt = Infinity;
    let running = false;
    const worker = await createWorker(queue, async () => {
      // From now on the SDK holds heartbeats back for a while, and cancellation comes with them.
      await heartbeatArrived();
      running = true;
      const reason = await aborted();
      heard.push({ afterMs: performance.now() - cancelledAt, reason });
      // What breaks because of the cancel is no failure of the image.
      throw new DarkroomError('EncoderCrashed');
    });
    const handle = await start(queue, { cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
    const ended = await worker.runUntil(async () => {
      await vi.waitUntil(() => running, LONG);
      cancelledAt = performance.now();
      await handle.cancel();
      return outcomeOf(handle);
    });
    expect(ended).toBeInstanceOf(CancelledFailure);
    expect(heard).toEqual([{ afterMs: expect.any(Number), reason: expect.any(CancelledFailure) }]);
    expect(heard[0]?.afterMs).toBeLessThan(3_000);
  });

  describe('when a worker stops', () => {
    /** Two tries have counted when the worker stops in the middle of the third. */
    async function stoppedInThirdTry() {
      const queue = newQueue();
      let running = false;
      const work = async () => {
        failing(['EncoderCrashed', 'EncoderCrashed'])(activityInfo().attempt);
        running = true;
        throw await aborted();
      };
      const grace = { shutdownGraceTime: 100, shutdownForceTime: 20_000 };
      const worker = await createWorker(queue, work, grace);
      const handle = await start(queue);
      const stopped = worker.run();
      await vi.waitUntil(() => running, LONG);
      worker.shutdown();
      await stopped;
      return { queue, handle };
    }

    it('hands the work to the next worker without counting the try', async () => {
      const { queue, handle } = await stoppedInThirdTry();
      expect((await pendingActivity(handle))?.lastFailure).toMatchObject({
        message: `${FAILURES.WorkerStopping.says} (WorkerStopping)`,
        applicationFailureInfo: { type: 'WorkerStopping', nonRetryable: false },
      });
      const next = await createWorker(queue, async () => `done in ${activityInfo().attempt}`);
      expect(await next.runUntil(handle.result())).toBe('done in 4');
    });

    it('does not forget the tries that were counted before', async () => {
      const { queue, handle } = await stoppedInThirdTry();
      const next = await createWorker(queue, async () => always('EncoderCrashed')(4) ?? '');
      expect(await next.runUntil(outcomeOf(handle))).toMatchObject(final('EncoderCrashed', 4));
    });
  });

  describe('when a worker is lost', () => {
    /** To the server an attempt whose heartbeats never arrive is one whose worker is gone. */
    const losing = (...attempts: number[]): Partial<WorkerOptions> => ({
      interceptors: {
        activity: [
          (context: Context) => {
            const lost = attempts.includes(context.info.attempt);
            return { inbound: new FailureBoundary(lost ? silent(context) : context) };
          },
        ],
      },
    });

    /** `undefined` is a try whose worker is lost; it answers long after nobody listens any more. */
    async function outcomeWithLosses(kinds: (FailureKind | undefined)[]) {
      const lost = kinds.flatMap((kind, index) => (kind === undefined ? index + 1 : []));
      let last = 0;
      const { ended } = await outcome(
        async (attempt) => {
          last = Math.max(last, attempt);
          if (lost.includes(attempt)) await vi.waitUntil(() => last >= kinds.length, LONG);
          else failing(kinds.map((kind) => kind ?? 'Unexpected'))(attempt);
        },
        { heartbeatTimeout: '2 seconds' },
        losing(...lost),
      );
      return { ended, last };
    }

    it('does not count the try that was lost', async () => {
      const crash = 'EncoderCrashed';
      const { ended, last } = await outcomeWithLosses([crash, undefined, undefined, crash]);
      expect({ ended, last }).toEqual({ ended: 'done', last: 5 });
    });

    it('does not forget the tries that were counted before', async () => {
      const crash = 'EncoderCrashed';
      const { ended, last } = await outcomeWithLosses([crash, crash, undefined, crash]);
      expect(ended).toMatchObject(final(crash, 4));
      expect(last).toBe(4);
    });
  });
});

/** Resolves with the reason when the running activity is to end. */
function aborted(): Promise<unknown> {
  const signal = cancellationSignal();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

function silent(context: Context): Context {
  return Object.create(context, { heartbeat: { value: () => undefined } }) as Context;
}

async function pendingActivity(handle: WorkflowHandle) {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.[0];
}
