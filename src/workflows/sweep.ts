import { patched, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { SweepReport } from '../domain/sweep.js';
import { POLICIES, SWEEP_STARTS } from './policies.js';
import { sweepStorage } from './sweep-storage.js';
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
