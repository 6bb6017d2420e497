import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrate } from '../catalog/migrate.js';
import { registerSearchAttributes } from '../client/register-search-attributes.js';
import { ensureSweepSchedule } from '../client/sweep.js';
import { VARIABLES } from '../config/config.js';
import { TEMPORAL_VARIABLES } from '../config/temporal-variables.js';
import { readVariables } from '../config/variable.js';
import { openTemporal as connectToTemporal } from '../open.js';
import { temporalConnectionOptions } from '../open/temporal-connection.js';
import { startDatabase } from './database.js';
import { freePort } from './ports.js';
import { installationSecret } from './secret.js';
import { StackFile } from './stack-file.js';
import { openServer, openWorker, type Served } from './stack-processes.js';
import type { Restart, Supervised } from './supervisor.js';
import { findTemporalBinary } from './temporal-binary.js';
import { startTemporal, temporalAnswers } from './temporal-server.js';

export interface Stack extends AsyncDisposable {
  /** All variables for Darkroom processes, without the rest of the environment. */
  readonly env: Record<string, string>;
  readonly temporalAddress: string;
  /** Absent when TEMPORAL_ADDRESS named a server. */
  readonly temporalUi?: string;
  readonly databaseUrl: string;
  readonly storageDir: string;
  readonly worker?: Supervised;
  /** There when a server was asked for. */
  readonly server?: Served;
}

export interface OpenStack {
  dataDir: string;
  /** DATABASE_URL and TEMPORAL_ADDRESS in it are used in place of servers of our own. */
  env: NodeJS.ProcessEnv;
  worker: boolean;
  /** Serve the API and the pages too. */
  server?: boolean;
  say: (line: string) => void;
  onRestart?: (name: 'worker' | 'server', restart: Restart) => void;
  /** Aborting it ends a start that is under way; what had started is closed. */
  signal?: AbortSignal;
}

/** A stack under way: what it is to be, its claim on the folder, and how to take it back. */
export interface Opening extends OpenStack {
  file: StackFile;
  closers: (() => PromiseLike<void>)[];
}

interface Servers {
  temporalAddress: string;
  temporalUi?: string;
  databaseUrl: string;
}

/**
 * Temporal, a database, folders and (when asked for) a worker on one data folder. Closing ends
 * them in reverse order, whoever of them is still alive, and leaves no process behind.
 * @throws Error when another stack runs on the folder, or a part does not start.
 */
export async function openStack(options: OpenStack): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const file = await StackFile.claim(dataDir, options.say);
  const opening: Opening = { ...options, dataDir, file, closers: [() => file.release()] };
  const close = once(() => closeInReverse(opening.closers));
  try {
    const servers = await openServers(opening);
    const storageDir = join(dataDir, 'storage');
    await mkdir(storageDir, { recursive: true });
    const env = await environment(opening, storageDir, servers);
    await prepareNamespace(env);
    const worker = options.worker ? await openWorker(opening, env) : undefined;
    const server = options.server ? await openServer(opening, env) : undefined;
    options.signal?.throwIfAborted();
    await file.publish(env);
    return {
      ...{ env, ...servers, storageDir },
      ...(worker && { worker }),
      ...(server && { server }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Both at the same time; when one fails the other is given up, and has settled when this throws. */
async function openServers(opening: Opening): Promise<Servers> {
  const failed = new AbortController();
  const giveUp = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  const signal = AbortSignal.any([failed.signal, ...(opening.signal ? [opening.signal] : [])]);
  const [temporal, database] = await Promise.allSettled([
    openTemporal({ ...opening, signal }).catch(giveUp),
    openDatabase({ ...opening, signal }).catch(giveUp),
  ]);
  // The reason is the first failure or the caller's, never "aborted".
  signal.throwIfAborted();
  if (temporal.status === 'rejected') throw temporal.reason;
  if (database.status === 'rejected') throw database.reason;
  return { ...temporal.value, databaseUrl: database.value };
}

async function openTemporal(opening: Opening): Promise<Omit<Servers, 'databaseUrl'>> {
  const { dataDir, env, say, signal, file, closers } = opening;
  if (env.TEMPORAL_ADDRESS) {
    const settings = readVariables(TEMPORAL_VARIABLES, env);
    const namespace = settings.temporalNamespace;
    if (await temporalAnswers(temporalConnectionOptions(settings), namespace))
      return { temporalAddress: env.TEMPORAL_ADDRESS };
    throw new Error(
      `No Temporal server with the namespace ${namespace} answers at TEMPORAL_ADDRESS=` +
        `${env.TEMPORAL_ADDRESS}; unset it to use one of our own.`,
    );
  }
  const binary = await findTemporalBinary({ say, env, ...(signal && { signal }) });
  const onSpawn = (pid: number | undefined) => file.noteChildSoon('temporal', pid);
  const server = await startTemporal({ binary, dataDir, say, onSpawn, signal });
  closers.push(() => server[Symbol.asyncDispose]());
  return { temporalAddress: server.address, temporalUi: server.uiUrl };
}

async function openDatabase(opening: Opening): Promise<string> {
  const { dataDir, env, say, signal, file, closers } = opening;
  if (env.DATABASE_URL) {
    await migrate(env.DATABASE_URL);
    return env.DATABASE_URL;
  }
  const onSpawn = (pid: number | undefined) => file.noteChildSoon('database', pid);
  const database = await startDatabase({ dataDir, say, onSpawn, signal });
  closers.push(() => database[Symbol.asyncDispose]());
  await migrate(database.url);
  return database.url;
}

/** A server that TEMPORAL_ADDRESS names may never have heard of us. */
async function prepareNamespace(env: Record<string, string>): Promise<void> {
  await using client = await connectToTemporal(readVariables(TEMPORAL_VARIABLES, env));
  await registerSearchAttributes(client);
  await ensureSweepSchedule(client);
}

async function environment(
  { dataDir, env, server }: Opening,
  storageDir: string,
  servers: Servers,
): Promise<Record<string, string>> {
  const usualPort = Number(env[VARIABLES.httpPort.name] || VARIABLES.httpPort.fallback?.value);
  const storage = pathToFileURL(storageDir).href;
  return {
    ORIGINAL_STORAGE: storage,
    VARIANT_STORAGE: storage,
    SCRATCH_DIR: join(dataDir, 'scratch'),
    TEMPORAL_NAMESPACE: 'default',
    DARKROOM_SECRET: await installationSecret(dataDir),
    ...(servers.temporalUi && { TEMPORAL_UI_URL: servers.temporalUi }),
    ...ownVariables(env),
    ...(server && { HTTP_PORT: String(await freePort(usualPort)) }),
    TEMPORAL_ADDRESS: servers.temporalAddress,
    DATABASE_URL: servers.databaseUrl,
  };
}

/** What people set themselves goes before our choice, and reaches commands run later too. */
function ownVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = Object.values(VARIABLES).map(({ name }) => name);
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

async function closeInReverse(closers: Opening['closers']): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error); // the others must not stay behind
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed.');
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
