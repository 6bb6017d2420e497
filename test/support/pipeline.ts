import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { openDarkroom, type Darkroom } from '../../src/client.js';
import { loadWorkerConfig } from '../../src/config/config.js';
import { createWorkers } from '../../src/create-workers.js';
import { SWEEP_SCHEDULE_ID } from '../../src/domain/ids.js';
import type { EncoderJob } from '../../src/imaging/encoder-jobs.js';
import { openActivityDeps } from '../../src/open-worker.js';
import { openTestDatabase } from './database.js';
import { openTemporaryFolder } from './temporary-folder.js';

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

export interface Pipeline extends AsyncDisposable {
  readonly darkroom: Darkroom;
  readonly deps: ActivityDeps;
  readonly temporal: Client;
  readonly env: Record<string, string>;
  /** Folder for test pictures; `addPictures` writes there and imports them. */
  readonly photos: string;
  /** Variants encoded so far, by all workers. */
  readonly encodes: () => number;
  /** Originals read and decoded so far, by all workers. */
  readonly reads: () => number;
  addPictures(pictures: Record<string, Buffer>): Promise<void>;
  /** Stops the workers as SIGTERM does and resolves when they are gone. */
  stopWorkers(): Promise<void>;
  startWorkers(): Promise<void>;
  /** Workers with a scratch folder of their own, as on another machine. */
  anotherMachine(): Promise<RunningWorkers>;
}

export interface RunningWorkers {
  /** As SIGTERM does; resolves when they are gone. */
  stop(): Promise<void>;
}

export interface PipelineOptions {
  /** What the activities get in place of the real thing. */
  replace?: (deps: ActivityDeps) => Partial<ActivityDeps>;
  env?: Record<string, string>;
  workers?: boolean;
}

/** Everything in this process except Temporal, the database and the encoders; real all of it. */
export async function startPipeline(options: PipelineOptions = {}): Promise<Pipeline> {
  const folder = openTemporaryFolder();
  const database = await openTestDatabase();
  const photos = join(folder.path, 'photos');
  await mkdir(photos);
  const address = options.env?.TEMPORAL_ADDRESS ?? inject('temporalAddress');
  const env = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: address,
    ORIGINAL_STORAGE: join(folder.path, 'storage'),
    VARIANT_STORAGE: join(folder.path, 'storage'),
    SCRATCH_DIR: join(folder.path, 'scratch'),
    DARKROOM_SECRET: 'a secret of tests only',
    SHUTDOWN_GRACE_SECONDS: '1',
    SHUTDOWN_FORCE_SECONDS: '20',
    ENCODERS: '2',
    ...options.env,
  };
  await mkdir(join(folder.path, 'storage'));
  const config = loadWorkerConfig(env);
  const opened = await openActivityDeps(config);
  const jobs = { encode: 0, prepare: 0, paint: 0, selfTest: 0 };
  const counted = countingJobs(opened, jobs);
  const deps: ActivityDeps = { ...counted, ...options.replace?.(counted) };
  const darkroom = await openDarkroom(env);
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection });
  const native = await NativeConnection.connect({ address });

  const start = async (of: ActivityDeps, through = native): Promise<RunningWorkers> => {
    const workers = await createWorkers(config, through, of);
    const running = Promise.all(workers.map((worker) => worker.run()));
    return {
      stop: async () => {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await running;
      },
    };
  };
  let workers: RunningWorkers | undefined;
  const startWorkers = async () => {
    workers = await start(deps);
  };
  const stopWorkers = async () => workers?.stop();
  if (options.workers !== false) await startWorkers();

  return {
    darkroom,
    deps,
    temporal,
    env,
    photos,
    encodes: () => jobs.encode,
    reads: () => jobs.prepare,
    addPictures: async (pictures) => {
      for (const [name, bytes] of Object.entries(pictures)) {
        await writeFile(join(photos, name), bytes);
      }
      await darkroom.import(photos);
    },
    startWorkers,
    stopWorkers,
    anotherMachine: async () => {
      const scratch = { SCRATCH_DIR: join(folder.path, `scratch-${randomUUID()}`) };
      const elsewhere = await openActivityDeps(loadWorkerConfig({ ...env, ...scratch }));
      const ownConnection = await NativeConnection.connect({ address });
      const running = await start(countingJobs(elsewhere, jobs), ownConnection);
      return {
        stop: async () => {
          await running.stop();
          await ownConnection.close();
          await elsewhere[Symbol.asyncDispose]();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await endWorkflows(temporal);
      await stopWorkers();
      await native.close();
      await connection.close();
      await darkroom[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function countingJobs(deps: ActivityDeps, jobs: Record<EncoderJob, number>): ActivityDeps {
  const { encoders } = deps;
  return {
    ...deps,
    encoders: {
      ...encoders,
      stats: () => encoders.stats(),
      run: async (job, input, options) => {
        const output = await encoders.run(job, input, options);
        jobs[job] += Array.isArray(output) ? output.length : 1;
        return output;
      },
      [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
    },
  };
}

/** The next test file uses the same server, and the same workflow ids. */
async function endWorkflows(temporal: Client): Promise<void> {
  // It would sweep in the middle of whatever is tested then.
  await temporal.schedule
    .getHandle(SWEEP_SCHEDULE_ID)
    .delete()
    .catch(() => undefined);
  const open = temporal.workflow.list({ query: 'ExecutionStatus = "Running"' });
  for await (const { workflowId } of open) {
    await temporal.workflow
      .getHandle(workflowId)
      .terminate('the test is over')
      .catch(() => undefined);
  }
}
