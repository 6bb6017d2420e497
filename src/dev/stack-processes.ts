import { join } from 'node:path';
import { VARIABLES } from '../config/config.js';
import { compiled } from './compiled.js';
import { firstToken } from './first-token.js';
import type { Opening } from './stack.js';
import { supervise, type Supervised } from './supervisor.js';

/** The server of a stack, and how to reach it. */
export interface Served extends Supervised {
  /** What the paths of docs/http-api.md are put behind. */
  readonly api: string;
  /** Opens the pages signed in. */
  readonly admin: string;
  /** Of an administrator. */
  readonly token: string;
}

export function openWorker(opening: Opening, env: Record<string, string>): Promise<Supervised> {
  const { name, fallback } = VARIABLES.shutdownForceSeconds;
  // After that it ends by itself; it may be killed only later.
  const forceSeconds = Number(env[name]) || (fallback?.value ?? 0);
  const program = { name: 'worker', program: compiled('worker.js') } as const;
  return openProgram(opening, env, { ...program, graceMs: forceSeconds * 1000 + 2000 });
}

export async function openServer(opening: Opening, env: Record<string, string>): Promise<Served> {
  const token = await firstToken(opening.dataDir, env.DATABASE_URL ?? '');
  const { name, fallback } = VARIABLES.shutdownGraceSeconds;
  const graceSeconds = Number(env[name] ?? fallback?.value);
  const server = await openProgram(opening, env, {
    ...{ name: 'server', program: compiled('http/server.js') },
    graceMs: graceSeconds * 1000 + 2000,
  });
  const api = `http://127.0.0.1:${env.HTTP_PORT}`;
  const addresses = { api, admin: `${api}/admin/tasks?token=${token}`, token };
  // Its pid and restarts change, so it is added to and not copied.
  return Object.assign(server, addresses);
}

interface Program {
  name: 'worker' | 'server';
  program: string;
  graceMs: number;
}

async function openProgram(
  { dataDir, say, onRestart, signal, file, closers, env: own }: Opening,
  env: Record<string, string>,
  program: Program,
): Promise<Supervised> {
  const { name } = program;
  signal?.throwIfAborted();
  const supervised = supervise({
    ...program,
    env: { ...own, ...env },
    logFile: join(dataDir, 'logs', `${name}.log`),
    say,
    onRestart: (restart) => {
      file.noteChildSoon(name, restart.pid);
      onRestart?.(name, restart);
    },
  });
  closers.push(() => supervised.stop());
  await file.noteChild(name, supervised.pid);
  const stop = () => void supervised.stop();
  signal?.addEventListener('abort', stop, { once: true });
  await supervised.whenReady().finally(() => signal?.removeEventListener('abort', stop));
  return supervised;
}
