import { cancellationSignal, log } from '@temporalio/activity';
import { ownObject, type OwnObject } from '../domain/own-object.js';
import type { Storage } from '../storage/storage.js';
import type { ActivityDeps } from './deps.js';

/** Younger objects may belong to work that has not recorded them yet. */
const MIN_AGE_MS = 24 * 3_600_000;

/** Looked up in one statement. */
const BATCH = 500;

export interface SweepObjectsInput {
  /** A part of the storage, small enough to be listed again when the worker is lost in the middle. */
  prefix: string;
  deleteOrphans: boolean;
}

export interface SweptObjects {
  orphans: number;
  orphanBytes: number;
  orphansDeleted: number;
}

type Candidate = OwnObject & { sizeBytes: number };

/**
 * Finds the objects of ours that no image needs, and removes them when it is told to; each is looked
 * at again right before. Objects whose age the storage does not tell are left alone. Safe to repeat:
 * it reads, and what is gone is not found again.
 */
export const sweepObjects =
  (deps: ActivityDeps) =>
  async ({ prefix, deleteOrphans }: SweepObjectsInput): Promise<SweptObjects> => {
    const swept: SweptObjects = { orphans: 0, orphanBytes: 0, orphansDeleted: 0 };
    const storage = prefix.startsWith('variants/') ? deps.variants : deps.originals;
    if (storage === undefined) return swept;
    const sweepBatch = async (batch: Candidate[]) => {
      for (const { sizeBytes, ...object } of await unused(deps, batch)) {
        cancellationSignal().throwIfAborted();
        swept.orphans += 1;
        swept.orphanBytes += sizeBytes;
        if (deleteOrphans && (await remove(deps, storage, object))) swept.orphansDeleted += 1;
      }
    };
    let batch: Candidate[] = [];
    for await (const candidate of candidates(storage, prefix)) {
      batch.push(candidate);
      if (batch.length < BATCH) continue;
      await sweepBatch(batch);
      batch = [];
    }
    await sweepBatch(batch);
    return swept;
  };

async function* candidates(storage: Storage, prefix: string): AsyncGenerator<Candidate> {
  const signal = cancellationSignal();
  const newestMs = Date.now() - MIN_AGE_MS;
  for await (const { key, sizeBytes, modifiedAt } of storage.list(prefix)) {
    signal.throwIfAborted();
    const object = ownObject(key);
    if (object === undefined || modifiedAt === undefined) continue;
    if (modifiedAt.getTime() < newestMs) yield { ...object, sizeBytes };
  }
}

async function unused({ catalog }: ActivityDeps, batch: Candidate[]): Promise<Candidate[]> {
  if (batch.length === 0) return [];
  const keys = new Set((await catalog.lifecycle.unused(batch)).map(({ key }) => key));
  return batch.filter(({ key }) => keys.has(key));
}

async function remove({ catalog }: ActivityDeps, storage: Storage, object: OwnObject) {
  const removed = await catalog.lifecycle.removeUnused(object, () => storage.delete(object.key));
  if (removed) log.info('orphan removed', { key: object.key });
  return removed;
}
