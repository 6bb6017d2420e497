import type { ActivityOptions } from '@temporalio/workflow';
import { TASK_QUEUES } from '../domain/ids.js';

/**
 * Waits double from 1 s to 30 s, and 60 attempts make about half an hour: so long lost workers,
 * database, storage and Temporal server are ridden out. The three tries that an image or a provider
 * has are counted by the activity itself (activities/failure-boundary.ts), which then says "final".
 */
const RIDE_OUT = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
  maximumAttempts: 60,
} as const;

/**
 * What takes longer than a moment. A dead worker goes unnoticed for the heartbeat time-out; heartbeats
 * go every second because cancellation arrives with them. Waiting for the end of what was cancelled is
 * said out loud: the SDK documents it as the default, but leaves the field to the server's, which is
 * not to wait, and a run would end "cancelled" over encodes that still go on.
 */
const CANCELLABLE = {
  heartbeatTimeout: '10 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const;

export const POLICIES = {
  /** A few short SQL statements. */
  catalog: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '30 seconds',
    retry: RIDE_OUT,
  },
  /** One download (its own limit: 2 minutes) and one decode, or one tier of encodes and uploads. */
  imaging: {
    taskQueue: TASK_QUEUES.imaging,
    startToCloseTimeout: '10 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** Its turn (100 s at most), and calls to a model that may think for a while (110 s each). */
  metadata: {
    taskQueue: TASK_QUEUES.metadata,
    startToCloseTimeout: '6 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  embedding: {
    taskQueue: TASK_QUEUES.embedding,
    startToCloseTimeout: '6 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** As long as somebody else's work on one image may take, outages included. */
  join: {
    taskQueue: TASK_QUEUES.joins,
    startToCloseTimeout: '2 hours',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** A cancelled image ends within seconds; the activity itself gives up waiting after a minute. */
  stop: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '2 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /**
   * Every try that a generation has: as long as it may take at most (30 minutes), and its last look at
   * a provider that does not answer.
   */
  prediction: {
    taskQueue: TASK_QUEUES.generation,
    startToCloseTimeout: '40 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** One download of a picture that is paid for; the provider keeps it for an hour. */
  result: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '10 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** A provider is told that nobody waits any more; the activity gives up on it within a minute. */
  close: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '2 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** A few dozen objects, each a statement and a request to a storage that may be slow. */
  remove: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '10 minutes',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /** Listing a million objects: a thousand requests and two thousand statements. */
  sweep: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '1 hour',
    ...CANCELLABLE,
    retry: RIDE_OUT,
  },
  /**
   * One request, which is given up after 15 s. How often and when it is made again is said by the
   * activity (DELIVERY_WAITS_S); these intervals are those of lost workers and an absent database,
   * which are no tries. The waits add up to 76 hours, with their jitter to 83; five days leave room
   * for a day of outage.
   */
  deliver: {
    taskQueue: TASK_QUEUES.webhooks,
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '5 days',
    ...CANCELLABLE,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  },
} as const satisfies Record<string, ActivityOptions>;

const [MINUTE_S, HOUR_S] = [60, 3_600] as const;

/**
 * What Standard Webhooks recommends: a hiccup is over in seconds, a deploy in minutes, a bad night by
 * morning, and after three days (75.6 hours) somebody has to look. The first try is made at once.
 */
export const DELIVERY_WAITS_S = [
  5,
  5 * MINUTE_S,
  30 * MINUTE_S,
  2 * HOUR_S,
  5 * HOUR_S,
  10 * HOUR_S,
  14 * HOUR_S,
  20 * HOUR_S,
  24 * HOUR_S,
] as const;

/** Long enough for an outage to be one message, short enough for somebody to do something about it. */
export const FAILURE_WINDOW_S = 60;

/**
 * Tiers wait for the worker that holds the master. Longer than the backlog that a busy worker can
 * have prepared, because busy looks the same as dead to this time-out.
 */
export const MASTER_WAIT = '60 seconds';

/**
 * A description may wait so long for its provider before it is left to the sweep: long enough for a
 * free slot, too short for an outage or a used-up rate to hold up the images behind it.
 */
export const PROVIDER_WAIT = '30 seconds';

/**
 * A generation gives way to those of a higher priority at its level until one of them has begun. It
 * does not do so for ever, because one whose workflow was lost never begins.
 */
export const GIVING_WAY = { times: 40, firstWaitMs: 100, longestWaitMs: 1_000 } as const;

/** What ten images a minute, a usual rate of a paid provider, have done by the fourth sweep. */
export const SWEEP_STARTS = 200;

/**
 * Another recipe is met by the images that a deploy finds half-way, once. More often it is met while
 * workers of both versions share a scratch folder; builds in growing intervals outlast that.
 */
export const RECIPE_CHANGES = { builds: 8, firstWaitMs: 1_000 } as const;

/** What a run takes when nothing is said. */
export const BACKFILL_DEFAULTS = {
  /** Keeps two cores busy while finished images are being replaced by new ones. */
  concurrency: 8,
  /** One query for a minute of work. */
  pageSize: 100,
  /** 500 children make about 2,500 events, twice that when each waits for its provider. */
  pagesPerExecution: 5,
} as const;

/**
 * Images that wait for nothing but their provider hold nobody up, yet each is an open child. 25 for
 * one in flight are enough for a run of six images a second whose provider takes none of them within
 * PROVIDER_WAIT; the server allows 2,000 children. Runs that began with ten go on with ten.
 */
export const OPEN_CHILDREN = { perInFlight: 25, earlier: 10, atMost: 1_000 } as const;
