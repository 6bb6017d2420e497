import type { Evidence } from './evidence.js';
import { complaintsOf, OUT_OF_HANDLES, OUT_OF_SPACE } from './injector.js';
import type { FaultKind, Sizes } from './schedule.js';
import type { ChaosStack } from './stack.js';

// What a run may have cost by its faults, and which of them it must have seen.

/** At most: each worker that goes its slots, and what failed for the machine's or the store's sake. */
export function jobsUndone(
  landed: Record<FaultKind, number>,
  { workers, slots }: ChaosStack,
): number {
  const { workerKill, workerStop, workerRestart, eventLoopBlock } = landed;
  const { encoderKill, temporalKill, databaseKill } = landed;
  const { storageUnavailable, storageTruncated, storageStoredThenTimeout } = landed;
  const ofOneWorker = workerKill + workerStop + workerRestart + eventLoopBlock;
  const ofAll = (temporalKill + databaseKill) * workers.length;
  const lostUploads = storageUnavailable + storageTruncated + storageStoredThenTimeout;
  const lacking = complaintsOf(workers, [...OUT_OF_HANDLES, ...OUT_OF_SPACE]);
  return (ofOneWorker + ofAll) * slots + encoderKill + lostUploads + lacking;
}

/** Of requests that go wrong by chance some of each kind must have. */
export function trafficWanted(sizes: Sizes): Evidence['wanted'] {
  const storage = sizes.storageFaults.map((kind) => [kind, sizes.storagePercent > 0 ? 1 : 0]);
  return {
    ...(Object.fromEntries(storage) as Evidence['wanted']),
    providerFault: sizes.providerPercent > 0 ? 1 : 0,
  };
}

export function awayDuring({ temporal }: ChaosStack, fromMs: number, toMs = Infinity): number {
  return temporal.outages
    .map((outage) => Math.min(toMs, outage.toMs ?? Infinity) - Math.max(fromMs, outage.fromMs))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0);
}
