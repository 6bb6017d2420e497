import { randomNumbers } from '../../src/imaging/noise.js';

/** What a machine does to a worker that goes on: a standstill, a wrong clock, nothing left to open or to write. */
export const MACHINE_FAULTS = ['eventLoopBlock', 'clockJump', 'noFileHandles', 'diskFull'] as const;

/** Faults that are brought about one by one, at their place in the schedule. */
export const PROCESS_FAULTS = [
  'workerKill',
  'workerStop',
  'workerRestart',
  'encoderKill',
  'temporalKill',
  'databaseKill',
  ...MACHINE_FAULTS,
] as const;

/** Faults of single requests, which come with the traffic. */
export const STORAGE_FAULTS = [
  'storageUnavailable',
  'storageSlow',
  'storageTruncated',
  'storageStoredThenTimeout',
] as const;

export type ProcessFault = (typeof PROCESS_FAULTS)[number];
export type StorageFault = (typeof STORAGE_FAULTS)[number];
export type FaultKind = ProcessFault | StorageFault | 'providerFault';

export const FAULT_KINDS: readonly FaultKind[] = [
  ...PROCESS_FAULTS,
  ...STORAGE_FAULTS,
  'providerFault',
];

export interface Sizes {
  images: number;
  generations: number;
  /** How often each is brought about; it has to land as often. */
  faults: Record<ProcessFault, number>;
  /** Of the database kills: killed again while it recovers. */
  killedAgain: number;
  /** What goes wrong with requests to the storage. */
  storageFaults: readonly StorageFault[];
  /** Requests in a hundred that go wrong, of storage and of providers. */
  storagePercent: number;
  providerPercent: number;
}

/** One fault, when its turn comes. */
export interface PlannedFault {
  kind: ProcessFault;
  /** When so much of all variants is recorded, 0 to 1: what is too fast or too slow does not move it. */
  afterShare: number;
  /** Which of the workers, where it is about one. */
  worker: number;
  /** How long what was killed stays away, what stands still does so, and what ran out is lacking. */
  forMs: number;
  /** By how much the clock is wrong from then on. */
  jumpMs?: number;
  /** The encoders stand still as well, or die while the worker lives on. */
  wholeGroup: boolean;
  /** Killed once more this long into its recovery. */
  againAfterMs?: number;
}

/** One seed makes one schedule. */
export function planFaults(seed: number, sizes: Sizes, workers: number): PlannedFault[] {
  const random = randomNumbers(seed);
  const kinds = shuffled(
    PROCESS_FAULTS.flatMap((kind) => Array<ProcessFault>(sizes.faults[kind]).fill(kind)),
    random,
  );
  let again = sizes.killedAgain;
  return kinds.map((kind, index) => {
    const planned: PlannedFault = {
      kind,
      // Some work comes after the last fault, which is to hit something as well.
      afterShare: (0.85 * (index + random())) / kinds.length,
      worker: Math.floor(random() * workers),
      forMs: awayMs(kind, random()),
      wholeGroup: random() < 0.5,
      ...(kind === 'clockJump' && {
        jumpMs: JUMPS_MS[Math.floor(random() * JUMPS_MS.length)] ?? 0,
      }),
    };
    if (kind !== 'databaseKill' || again === 0) return planned;
    again -= 1;
    return { ...planned, againAfterMs: 200 };
  });
}

const HOUR_MS = 3_600_000;
const JUMPS_MS = [-24 * HOUR_MS, -HOUR_MS, HOUR_MS, 24 * HOUR_MS];

function awayMs(kind: ProcessFault, share: number): number {
  switch (kind) {
    case 'workerStop':
    case 'eventLoopBlock':
      // Beyond the heartbeat time-out of 10 s.
      return 13_000 + share * 5_000;
    case 'temporalKill':
      return 500 + share * 3_500;
    case 'databaseKill':
      return share * 2_000;
    case 'noFileHandles':
    case 'diskFull':
      return 3_000 + share * 5_000;
    case 'workerKill':
    case 'workerRestart':
    case 'encoderKill':
      return 200 + share * 1_000;
    case 'clockJump':
      return 0;
  }
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** What happens to the n-th request of its kind for one thing; the same for the same seed. */
export function fateOf<T>(seed: number, words: string, percent: number, fates: readonly T[]) {
  const random = randomNumbers(hashOf(`${seed} ${words}`));
  if (random() * 100 >= percent) return undefined;
  return fates[Math.floor(random() * fates.length)];
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}

const FIVE_MINUTES: Sizes = {
  images: 60,
  generations: 10,
  faults: {
    ...{ workerKill: 10, workerStop: 1, workerRestart: 2, encoderKill: 4 },
    ...{ temporalKill: 2, databaseKill: 3 },
    ...{ eventLoopBlock: 1, clockJump: 2, noFileHandles: 2, diskFull: 2 },
  },
  killedAgain: 1,
  storageFaults: STORAGE_FAULTS,
  storagePercent: 5,
  providerPercent: 5,
};

const FULL: Sizes = {
  images: 300,
  generations: 50,
  faults: {
    ...{ workerKill: 60, workerStop: 5, workerRestart: 6, encoderKill: 15 },
    ...{ temporalKill: 10, databaseKill: 10 },
    ...{ eventLoopBlock: 3, clockJump: 6, noFileHandles: 5, diskFull: 5 },
  },
  killedAgain: 2,
  storageFaults: STORAGE_FAULTS,
  storagePercent: 5,
  providerPercent: 5,
};

/** The five-minute set, a multiple of it, or the big one. */
export function sizesOf(options: {
  full?: boolean;
  minutes?: number;
  images?: number;
  generations?: number;
  /** Leaves all others out; of requests that go wrong there are more then. */
  only?: readonly FaultKind[];
}): Sizes {
  const { full = false, minutes = 5, images, generations, only } = options;
  const all = full ? FULL : scaled(FIVE_MINUTES, minutes / 5);
  const base = only === undefined ? all : narrowed(all, only);
  return {
    ...base,
    ...(images !== undefined && { images }),
    ...(generations !== undefined && { generations }),
  };
}

/** One kind alone is to hit something in a run of a minute, too. */
const NARROWED_PERCENT = 15;

function scaled(sizes: Sizes, by: number): Sizes {
  const times = (count: number) => Math.max(1, Math.round(count * by));
  const faults = Object.fromEntries(
    Object.entries(sizes.faults).map(([kind, count]) => [kind, times(count)]),
  ) as Sizes['faults'];
  const { images, generations } = sizes;
  return { ...sizes, images: times(images), generations: times(generations), faults };
}

function narrowed(sizes: Sizes, only: readonly FaultKind[]): Sizes {
  const faults = Object.fromEntries(
    Object.entries(sizes.faults).map(([kind, count]) => [
      kind,
      only.includes(kind as ProcessFault) ? count : 0,
    ]),
  ) as Sizes['faults'];
  const storageFaults = STORAGE_FAULTS.filter((kind) => only.includes(kind));
  return {
    ...{ ...sizes, faults, storageFaults },
    killedAgain: Math.min(sizes.killedAgain, faults.databaseKill),
    storagePercent: storageFaults.length > 0 ? NARROWED_PERCENT : 0,
    providerPercent: only.includes('providerFault') ? NARROWED_PERCENT : 0,
  };
}
