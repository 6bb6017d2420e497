import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Right from `src/cli` and from `dist/cli` alike; programs always run from the compiled output. */
const DIST = new URL('../../dist/', import.meta.url);

/** What a program says once it is up. */
export interface Ready {
  ready: true;
  /** Where the server listens; a worker says none. */
  port?: number;
}

/** Runs a program of ours in a process of its own until it ends, and hands SIGTERM to it. */
export async function runProgram(
  program: 'worker.js' | 'http/server.js',
  env: NodeJS.ProcessEnv,
  onReady?: (ready: Ready) => void,
): Promise<number | null> {
  const child = fork(fileURLToPath(new URL(program, DIST)), { env });
  child.on('message', (message) => {
    if ((message as Partial<Ready>).ready) onReady?.(message as Ready);
  });
  process.on('SIGTERM', (signal) => void child.kill(signal));
  // A terminal sends Ctrl-C to the program as well; this process only must not die before it.
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => child.once('exit', resolve));
}
