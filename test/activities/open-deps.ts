import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { inject } from 'vitest';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { loadWorkerConfig } from '../../src/config/config.js';
import type { Image } from '../../src/domain/image.js';
import { openActivityDeps } from '../../src/open-worker.js';
import type { Storage } from '../../src/storage/storage.js';
import { openTestDatabase } from '../support/database.js';
import { openTemporaryFolder } from '../support/temporary-folder.js';

/** What activities work with, all of it real, and what tests want to know of it. */
export interface OpenedDeps extends AsyncDisposable {
  readonly deps: ActivityDeps;
  readonly folder: string;
  /** Stores the bytes as an original and registers it; the id of the image. */
  addOriginal(bytes: Uint8Array, image?: { ownerId?: string }): Promise<string>;
  image(imageId: string): Promise<Image>;
  /** Where the master of the image's bytes is while it is needed. */
  masterOf(imageId: string): Promise<string>;
  /** Names of what attempts have left behind in scratch; there should never be any. */
  leftovers(): Promise<string[]>;
  /** Names of the working masters in scratch. */
  masters(): Promise<string[]>;
  /** What the statement gives, asked past the catalog. */
  rows(statement: string, values?: unknown[]): Promise<unknown[]>;
}

export async function openDeps(env: Record<string, string> = {}): Promise<OpenedDeps> {
  const folder = openTemporaryFolder();
  const database = await openTestDatabase();
  const storage = join(folder.path, 'storage');
  const scratch = join(folder.path, 'scratch');
  await mkdir(storage);
  const deps = await openActivityDeps(
    loadWorkerConfig({
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ORIGINAL_STORAGE: storage,
      VARIANT_STORAGE: storage,
      SCRATCH_DIR: scratch,
      DARKROOM_SECRET: 'a secret of tests only',
      ENCODERS: '1',
      ...env,
    }),
  );
  const connection = new pg.Client(database.url);
  await connection.connect();
  let originals = 0;

  const image = async (imageId: string) => {
    const found = await deps.catalog.images.get(imageId);
    if (found === undefined) throw new Error(`the test lost its image ${imageId}`);
    return found;
  };
  return {
    deps,
    folder: folder.path,
    image,
    addOriginal: async (bytes, { ownerId = 'ann' } = {}) => {
      const original = `originals/${originals++}`;
      await storeBytes(deps.originals, original, bytes);
      const fileName = 'harbour.jpg';
      return (await deps.catalog.images.register({ ownerId, original, fileName })).id;
    },
    masterOf: async (imageId) =>
      deps.scratch.masterPath(imageId, (await image(imageId)).sha256 ?? '', deps.recipeHash),
    leftovers: () => readdir(join(scratch, 'attempts')),
    masters: () => readdir(join(scratch, 'masters')),
    rows: async (statement, values) =>
      (await connection.query<Record<string, unknown>>(statement, values)).rows,
    [Symbol.asyncDispose]: async () => {
      await connection.end();
      await deps[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** One execution of an activity; `cancel()` of the environment reaches it as Temporal's cancel does. */
export function activityEnvironment(
  info?: ConstructorParameters<typeof MockActivityEnvironment>[0],
): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
}

/** Runs the activity once, as a worker would. */
export function run<A extends unknown[], R>(
  activity: (...input: A) => Promise<R>,
  ...input: A
): Promise<R> {
  return activityEnvironment().run(activity, ...input);
}

export function storeBytes(storage: Storage, key: string, bytes: Uint8Array): Promise<void> {
  return storage.write(key, {
    from: { bytes },
    sizeBytes: bytes.byteLength,
    contentType: 'application/octet-stream',
  });
}

/** The same storage, and the keys that were read from it. */
export function countingReads(storage: Storage): { storage: Storage; reads: string[] } {
  const reads: string[] = [];
  const read: Storage['read'] = (key, options): Promise<Readable> => {
    reads.push(key);
    return storage.read(key, options);
  };
  return { storage: { ...storage, read }, reads };
}

/** The same encoders, and the jobs that were run on them. */
export function countingJobs(encoders: ActivityDeps['encoders']) {
  const jobs: { job: string; priority: number | undefined; outputs: number }[] = [];
  const counted: ActivityDeps['encoders'] = {
    run: (job, input, options) => {
      const outputs = 'outputs' in input ? input.outputs.length : 0;
      jobs.push({ job, priority: options.priority, outputs });
      return encoders.run(job, input, options);
    },
    stats: () => encoders.stats(),
    [Symbol.asyncDispose]: () => encoders[Symbol.asyncDispose](),
  };
  return { encoders: counted, jobs };
}
