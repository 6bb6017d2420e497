import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../src/dev/ports.js';
import { hasEnded, stopChild } from '../../src/dev/processes.js';

const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const START_TIMEOUT_MS = 30_000;

const run = promisify(execFile);

/** Of every server that tests start. */
export const S3_CREDENTIALS = { accessKeyId: 'darkroom', secretAccessKey: 'of tests only' };

export interface S3Server extends AsyncDisposable {
  readonly pid: number;
  /** `http://127.0.0.1:port`; buckets are in its paths, and the region is us-east-1. */
  readonly endpoint: string;
}

/** A real S3 server, empty, in a process of its own; its objects go with it. */
export async function startS3Server(
  say: (line: string) => void,
  parent = tmpdir(),
): Promise<S3Server> {
  const binary = await findVersitygw(say);
  const folder = await mkdtemp(join(parent, 'darkroom-test-s3-'));
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['--port', address, '--quiet', '--health', '/health', '--keep-alive'];
  const child = spawn(binary, [...args, 'posix', folder], {
    env: {
      PATH: process.env.PATH,
      ROOT_ACCESS_KEY: S3_CREDENTIALS.accessKeyId,
      ROOT_SECRET_KEY: S3_CREDENTIALS.secretAccessKey,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (words = (words + text).slice(-2000)));
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const stop = async () => {
    process.off('exit', killNow);
    await stopChild(child, 5000);
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://${address}`;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(`${endpoint}/health`))) {
    if (hasEnded(child) || Date.now() > deadline) {
      await stop();
      throw new Error(`versitygw did not start: ${words.trim()}`);
    }
    await sleep(50);
  }
  return { pid: child.pid as number, endpoint, [Symbol.asyncDispose]: stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** On PATH, in our cache, or built by Go, which takes about two and a half minutes on two cores. */
async function findVersitygw(say: (line: string) => void): Promise<string> {
  const cache = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'darkroom/versitygw/versitygw',
  );
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const path of [...folders.map((folder) => join(folder, 'versitygw')), cache]) {
    if (await isProgram(path)) return path;
  }
  say(`building an S3 server with Go, about 3 minutes, once: go install ${VERSITYGW}`);
  await mkdir(dirname(cache), { recursive: true });
  const bin = await mkdtemp(join(dirname(cache), 'build-'));
  try {
    await run('go', ['install', VERSITYGW], { env: { ...process.env, GOBIN: bin } });
    await rename(join(bin, 'versitygw'), cache);
    return cache;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(`The S3 tests need versitygw on PATH, or Go to build it: ${why}`, { cause });
  } finally {
    await rm(bin, { recursive: true, force: true });
  }
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
