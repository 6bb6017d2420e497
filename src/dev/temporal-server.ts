import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { freePort } from './ports.js';
import { hasEnded, stopChild } from './processes.js';

const SEARCH_ATTRIBUTES = ['DarkroomOwner', 'DarkroomImage', 'DarkroomScope'];

const DYNAMIC_CONFIG = {
  // Out of the box the history queues are read 20 times a second, so every hop waits 30 to 45 ms.
  'history.transferProcessorMaxPollRPS': 1000,
  'history.visibilityProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxPollRPS': 1000,
  // Without these two, priority and fairness keys are ignored.
  'matching.useNewMatcher': true,
  'matching.enableFairness': true,
  // Each of the usual four partitions of a queue has an order of its own, and is asked by chance.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // `darkroom queues` lists the workers that are alive.
  'frontend.WorkerHeartbeatsEnabled': true,
  'frontend.ListWorkersEnabled': true,
};

/** What Darkroom needs of `temporal server start-dev`, for the stack, the tests and the docs. */
export const TEMPORAL_DEV_FLAGS: readonly string[] = [
  ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${value}`,
  ]),
  ...['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => ['--sqlite-pragma', pragma]),
];

const USUAL_PORTS = { server: 7233, ui: 8233 };
const ATTEMPTS = 5;
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;

export interface TemporalServer extends AsyncDisposable {
  readonly address: string;
  readonly uiUrl: string;
  readonly pid: number;
}

interface Start {
  binary: string;
  dataDir: string;
  /** The ports to try first; 0 for any. */
  ports?: { server: number; ui: number };
  say: (line: string) => void;
  /** Told at once, because a caller that is killed before the server answers leaves it behind. */
  onSpawn?: (pid: number | undefined) => void;
  signal?: AbortSignal | undefined;
}

/**
 * A Temporal dev server that answers, with its data in dataDir, in a process group of its own so
 * that a terminal's Ctrl-C does not reach it before the worker has finished.
 */
export async function startTemporal(options: Start): Promise<TemporalServer> {
  const { dataDir, say, ports = USUAL_PORTS } = options;
  const logFile = join(dataDir, 'logs', 'temporal.log');
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const server = await freePort(attempt === 1 ? ports.server : 0);
    const ui = await freePort(attempt === 1 ? ports.ui : 0);
    if (attempt === 1 && ports.server !== 0 && server !== ports.server)
      say(`port ${ports.server} is taken, Temporal listens on ${server}`);
    const logStart = sizeOf(logFile);
    const child = launch(options, { server, ui }, logFile);
    const address = `127.0.0.1:${server}`;
    if (await comesUp(child, address, options.signal)) return running(child, address, ui);
    await stopChild(child, 0);
    options.signal?.throwIfAborted();
    const output = readFileSync(logFile, 'utf8').slice(logStart);
    if (attempt < ATTEMPTS && output.includes('address already in use')) continue;
    throw new Error(`The Temporal server did not start, see ${logFile}: ${lastLine(output)}`);
  }
}

function launch(
  options: Start,
  ports: { server: number; ui: number },
  logFile: string,
): ChildProcess {
  const { binary, dataDir } = options;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.server)];
  args.push('--ui-port', String(ports.ui), '--db-filename', join(dataDir, 'temporal.db'));
  args.push('--log-level', 'warn', ...TEMPORAL_DEV_FLAGS);
  const log = openSync(logFile, 'a');
  const child = spawn(binary, args, { detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => {}); // it then never comes up, which is reported
  closeSync(log);
  options.onSpawn?.(child.pid);
  return child;
}

/** Ready only when a call that reads the database works; the port opens some seconds earlier. */
async function comesUp(child: ChildProcess, address: string, signal?: AbortSignal) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (child.pid !== undefined && !hasEnded(child) && Date.now() < deadline) {
    if (signal?.aborted) return false;
    if (await temporalAnswers({ address })) return !hasEnded(child);
    await sleep(100);
  }
  return false;
}

/** Whether a Temporal server that knows the namespace answers there now. */
export async function temporalAnswers(
  options: ConnectionOptions,
  namespace = 'default',
): Promise<boolean> {
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: '2s' });
    try {
      const call = () => connection.workflowService.describeNamespace({ namespace });
      await connection.withDeadline(Date.now() + 5000, call);
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

function running(child: ChildProcess, address: string, uiPort: number): TemporalServer {
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid: child.pid as number,
    [Symbol.asyncDispose]: () => stopChild(child, STOP_GRACE_MS),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) || 'it said nothing';
}
