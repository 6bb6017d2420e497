import { patched, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { SweptObjects } from '../activities/sweep-objects.js';
import type { SweepReport } from '../domain/sweep.js';
import { POLICIES, SWEEP_STARTS } from './policies.js';
import type { SweepInput } from './upkeep-messages.js';

/** Under the words that the Temporal Web UI shows of it. */
const sweeping = (summary: string) => proxyActivities<Activities>({ ...POLICIES.sweep, summary });

/** Puts right what nobody else will: steps left for later, images left alone, objects left over. */
export async function sweep(input: SweepInput = {}): Promise<SweepReport> {
  const { orphans = true, deleteOrphans = false } = input;
  const deferred = await sweeping('steps left for later').startDeferred({ atMost: SWEEP_STARTS });
  const stuck = await sweeping('images left alone').startStuck({ atMost: SWEEP_STARTS });
  const started = {
    deferredStarted: deferred.started,
    stuckStarted: stuck.started,
    ...(patched('deliveries') && { deliveriesStarted: await startDeliveries() }),
    ...(patched('vectors') && { vectorsRemoved: await removeVectors() }),
    ...(patched('generations') && { generationsStarted: await startGenerations() }),
  };
  return orphans ? { ...started, ...(await sweepStorage(deleteOrphans)) } : started;
}

async function startGenerations(): Promise<number> {
  return (await sweeping('generations left alone').startGenerations()).started;
}

async function removeVectors(): Promise<number> {
  return (await sweeping('vectors of replaced models').tendVectors()).removed;
}

async function startDeliveries(): Promise<number> {
  const input = { atMost: SWEEP_STARTS };
  return (await sweeping('events that wait for nothing').startDeliveries(input)).started;
}

/** Part by part, so that a lost worker costs one part of the listing. */
async function sweepStorage(deleteOrphans: boolean): Promise<SweptObjects> {
  const total: SweptObjects = { orphans: 0, orphanBytes: 0, orphansDeleted: 0 };
  for (const prefix of PARTS) {
    const part = await sweeping(`objects under ${prefix}`).sweepObjects({ prefix, deleteOrphans });
    total.orphans += part.orphans;
    total.orphanBytes += part.orphanBytes;
    total.orphansDeleted += part.orphansDeleted;
  }
  return total;
}

/** Keys and folders of owners begin with a digit of a hash; previews are named after their images. */
const DIGITS = [...'0123456789abcdef'];
const PARTS = [
  ...DIGITS.map((digit) => `variants/${digit}`),
  ...DIGITS.map((digit) => `originals/${digit}`),
  'previews/',
];
