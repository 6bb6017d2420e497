import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compiled } from './compiled.js';
import { stopChild } from './processes.js';

const USUAL_PORT = 54329;
/** The first start ever initialises a data folder: 5 to 9 s on two cores. */
const START_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 10_000;

export interface Database extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

interface Start {
  /** Holds the data in `database/` and the log in `logs/`. */
  dataDir: string;
  /** Nothing is kept when it stops. */
  inMemory?: boolean;
  /** A dump of a PGlite data folder, which a new database begins with. */
  template?: string | undefined;
  /** The port to try first; 0 for any. */
  port?: number;
  say: (line: string) => void;
  /** Told at once, because a caller that is killed before the server answers leaves it behind. */
  onSpawn?: (pid: number | undefined) => void;
  signal?: AbortSignal | undefined;
}

/**
 * PostgreSQL with pgvector in a process (and process group) of its own. What was committed
 * survives SIGKILL of that process.
 */
export async function startDatabase(options: Start): Promise<Database> {
  const { dataDir, say, signal, inMemory = false, template, port = USUAL_PORT } = options;
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  const logFile = join(dataDir, 'logs', 'database.log');
  const args = ['--port', String(port), ...(template ? ['--template', template] : [])];
  if (!inMemory) args.push('--data', join(dataDir, 'database'));
  const child = launch(args, logFile);
  options.onSpawn?.(child.pid);
  try {
    const actual = await portOf(child, signal);
    if (port !== 0 && actual !== port)
      say(`port ${port} is taken, the database listens on ${actual}`);
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${actual}/postgres`,
      pid: child.pid as number,
      [Symbol.asyncDispose]: () => stopChild(child, STOP_GRACE_MS),
    };
  } catch (error) {
    await stopChild(child, 0);
    signal?.throwIfAborted();
    throw new Error(`The database did not start, see ${logFile}: ${(error as Error).message}`);
  }
}

function launch(args: string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const stdio = ['ignore' as const, log, log, 'ipc' as const];
  const child = fork(compiled('dev/database-server.js'), args, {
    ...{ detached: true, stdio },
    execArgv: [],
  });
  closeSync(log);
  return child;
}

function portOf(child: ChildProcess, signal: AbortSignal | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(START_TIMEOUT_MS);
    const giveUp = AbortSignal.any(signal ? [signal, limit] : [limit]);
    giveUp.addEventListener('abort', () => reject(new Error('it took too long')), { once: true });
    if (giveUp.aborted) reject(new Error('it was stopped'));
    child.once('error', reject);
    child.once('exit', (code, by) => reject(new Error(`it ended with ${by ?? `code ${code}`}`)));
    child.on('message', (message) => {
      const { ready, port } = message as { ready?: boolean; port?: number };
      if (ready && port !== undefined) resolve(port);
    });
  });
}
