import type { FaultKind } from './schedule.js';
import type { Verdict } from './checker.js';

/** A promise that is taken out of the program, and what a run with that fault alone finds then. */
export interface Mutation {
  fault: FaultKind;
  /** In words, of the program. */
  without: string;
  edits: Edit[];
  /** Where the usual ones are all under way before the fault comes. */
  generations?: number;
  /** Of the verdict: the one that has to be more than nothing. */
  shows: Exclude<keyof Verdict, 'encodesBound'>;
}

export interface Edit {
  file: string;
  /** Stands there exactly once. */
  from: string;
  to: string;
}

const NOBODY_REPEATS: Edit[] = [
  { file: 'src/workflows/policies.ts', from: 'maximumAttempts: 60', to: 'maximumAttempts: 1' },
];

export const MUTATIONS: readonly Mutation[] = [
  {
    fault: 'workerKill',
    without: 'retries of what a dead worker held',
    edits: NOBODY_REPEATS,
    shows: 'lost',
  },
  {
    fault: 'workerStop',
    without: 'retries of what a frozen worker held',
    edits: NOBODY_REPEATS,
    shows: 'lost',
  },
  {
    fault: 'eventLoopBlock',
    without: 'retries of what a worker held that did not answer',
    edits: NOBODY_REPEATS,
    shows: 'lost',
  },
  {
    fault: 'workerRestart',
    without: 'an orderly end at SIGTERM',
    edits: [
      {
        file: 'src/log/install-runtime.ts',
        from: "shutdownSignals: ['SIGINT', 'SIGTERM']",
        to: 'shutdownSignals: []',
      },
    ],
    shows: 'missed',
  },
  {
    fault: 'encoderKill',
    without: 'another try for an image whose encoder died',
    edits: [
      {
        file: 'src/domain/failures.ts',
        from: 'EncoderCrashed: {\n    ...bytes,\n    retry: true,',
        to: 'EncoderCrashed: {\n    ...bytes,\n    retry: false,',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'temporalKill',
    without:
      'a Temporal server that keeps what it was told, and a sweep that starts what it forgot',
    edits: [
      {
        file: 'src/dev/temporal-server.ts',
        from: ", '--db-filename', join(dataDir, 'temporal.db'));",
        to: ');',
      },
      {
        file: 'src/activities/start-generations.ts',
        from: 'untouched(LOOKED_AFTER_AT_MOST)',
        to: 'untouched(0)',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'databaseKill',
    without: 'riding out an absent database',
    edits: [
      {
        file: 'src/domain/failures.ts',
        from: 'DatabaseUnavailable: { ...outage,',
        to: 'DatabaseUnavailable: { ...outage, retry: false,',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'clockJump',
    without: 'a deadline that is kept by a clock nobody sets',
    generations: 60,
    edits: [
      {
        file: 'src/catalog/generation-attempts.ts',
        from: 'performance.now() + leftMs',
        to: 'performance.now() + leftMs - Math.abs(Date.now() - startedAt.getTime())',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'noFileHandles',
    without: 'telling a machine without handles from a broken image',
    edits: [
      {
        file: 'src/domain/machine-faults.ts',
        from: "EMFILE: 'StorageUnavailable'",
        to: "EMFILE: 'OriginalUnreadable'",
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'diskFull',
    without: 'riding out a full disk',
    edits: [
      {
        file: 'src/domain/failures.ts',
        from: 'StorageFull: { ...outage,',
        to: 'StorageFull: { ...outage, retry: false,',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'storageUnavailable',
    without: 'riding out an absent storage',
    edits: [
      {
        file: 'src/domain/failures.ts',
        from: 'StorageUnavailable: { ...outage,',
        to: 'StorageUnavailable: { ...outage, retry: false,',
      },
    ],
    shows: 'lost',
  },
  {
    fault: 'storageSlow',
    without: 'patience with a storage that takes two seconds',
    edits: [
      {
        file: 'src/activities/render-tier.ts',
        from: '{ signal },\n      );\n      return',
        to: '{ signal: AbortSignal.any([signal, AbortSignal.timeout(1_500)]) },\n      );\n      return',
      },
    ],
    shows: 'encodesOverNeeded',
  },
  {
    fault: 'storageTruncated',
    without: 'a look at what arrived in the storage',
    edits: [
      {
        file: 'src/storage/write-file.ts',
        from: 'if (written !== sizeBytes)',
        to: 'if (written > sizeBytes)',
      },
      {
        file: 'src/storage/write-file.ts',
        from: 'if (sha256 !== undefined && (await',
        to: 'if (sha256 === "" && (await',
      },
    ],
    shows: 'torn',
  },
  {
    fault: 'storageStoredThenTimeout',
    without: 'keys that a second try finds again',
    edits: [
      {
        file: 'src/activities/render-tier.ts',
        from: 'const key = variantKey(build.imageKey, tier.widthPx, file.format);',
        to: 'const key = `${variantKey(build.imageKey, tier.widthPx, file.format)}${process.hrtime.bigint()}`;',
      },
    ],
    shows: 'duplicated',
  },
  {
    fault: 'providerFault',
    without: 'another try, or the sweep, for who met a provider that failed',
    edits: [
      {
        file: 'src/domain/failures.ts',
        from: 'ProviderUnavailable: {\n    ...provider,\n    retry: true,',
        to: 'ProviderUnavailable: {\n    ...provider,\n    retry: false,\n    defer: false,',
      },
    ],
    shows: 'lost',
  },
];
