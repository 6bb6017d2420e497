import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { openRequestConnection, type RequestConnection } from '../catalog/request-connection.js';
import { requestWorkWith, type RequestWork } from '../client/request-work.js';
import { passCancellations } from './cancellations.js';
import { startGenerations } from './generations.js';
import { startImages } from './images.js';
import { Wake } from './wake.js';

/** What hints missed is found after at most so long. */
const SWEEP_MS = 5_000;
/** The same where hints do not arrive at all, as on PGlite. */
const POLL_MS = 250;
/** How long the database may take to answer before the connection is taken for dead. */
const ANSWER_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface BridgeOptions {
  databaseUrl: string;
  client: Client;
  /** The client's connection is that of a worker in this process, which gets what is started at once. */
  eager?: boolean;
  log: { info(message: string): void; warn(message: string): void };
}

/**
 * Starts what rows ask for, until it is disposed; then what is being started is finished. The rows are
 * the truth and a workflow's id comes from its row, so any number of bridges may do this at once, and
 * one that dies leaves nothing behind that another would not find.
 */
export function openBridge(options: BridgeOptions): AsyncDisposable {
  const stop = new AbortController();
  const wake = new Wake();
  const running = run(options, { wake, stop: stop.signal });
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      wake.up();
      await running;
    },
  };
}

interface Turning {
  wake: Wake;
  stop: AbortSignal;
}

/** Connects again and again; what is away is said once and not at every try. */
async function run(options: BridgeOptions, turning: Turning): Promise<void> {
  const { log } = options;
  let pauseMs = 0;
  const onLooked = () => {
    if (pauseMs > 0) log.info('rows are looked for again');
    pauseMs = 0;
  };
  while (!turning.stop.aborted) {
    await lookUntilBroken(options, turning, onLooked).catch((error: unknown) => {
      if (pauseMs === 0) log.warn(`rows are not looked for at the moment: ${String(error)}`);
      pauseMs = Math.min(pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    });
    // Not until a hint, because a connection that cannot be opened gives one each time.
    await wait(pauseMs, undefined, { signal: turning.stop }).catch(() => undefined);
  }
}

/** One look at everything after another; the first finds what came while nobody looked. */
async function lookUntilBroken(
  { databaseUrl, client, eager, log }: BridgeOptions,
  { wake, stop }: Turning,
  onLooked: () => void,
): Promise<void> {
  const work = requestWorkWith(client, { eager });
  await using requests = await openRequestConnection(databaseUrl, {
    onHint: wake.up,
    timeoutMs: ANSWER_MS,
  });
  while (!stop.aborted) {
    await look({ requests, work, log, stop });
    onLooked();
    if (!stop.aborted) await wake.wait(requests.hears() ? SWEEP_MS : POLL_MS);
  }
}

/** A page of each in turns, so that a backlog of one kind does not hold up the other. */
async function look(bridge: Looking): Promise<void> {
  const without: string[] = [];
  let cancelled: string | undefined;
  for (let more = true; more && !bridge.stop.aborted;) {
    // After the last page from the beginning again: some came meanwhile, and others have not ended yet.
    cancelled = await passCancellations(bridge, cancelled);
    const generations = await startGenerations(bridge, without);
    const images = await startImages(bridge, without);
    more = cancelled !== undefined || generations || images;
  }
}

/** What one look works with. */
export interface Looking {
  requests: RequestConnection;
  work: RequestWork;
  log: { warn(message: string): void };
  stop: AbortSignal;
}
