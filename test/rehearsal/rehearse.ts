import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { paintPhotos } from '../../src/dev/paint-photos.js';
import { freePort } from '../../src/dev/ports.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import type { FsckReport } from '../../src/domain/fsck.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';
import { S3_CREDENTIALS, startS3Server } from '../support/s3-server.js';
import { buildEarlier } from './earlier-version.js';
import { installPackage } from './installed-package.js';
import { openPrograms, type Programs } from './programs.js';

const COMPOSE = fileURLToPath(new URL('../../deploy/compose', import.meta.url));
const run = promisify(execFile);
const READY_WITHIN_MS = 5 * 60_000;
const IMAGES = /\.(jpe?g|png|webp|avif|gif|tiff?|heic)$/i;

export interface Rehearsal {
  images: number;
  variants: number;
  /** Variants that each worker made, by the number of its start. */
  byWorker: Record<string, number>;
  /** What is not as it should be, in words. */
  problems: string[];
}

interface Options {
  /** A folder; without one the demo's pictures are painted. */
  photos?: string;
  /** A commit: the installation begins as that version and is upgraded while it works. */
  from?: string;
  /** A program that does what `darkroom` does, in place of the package: one that runs it in a container. */
  command?: string;
  /** Address of a server that runs, with a namespace "darkroom", in place of a development server. */
  temporal?: string;
  say: (line: string) => void;
}

/**
 * What docker-compose.yml starts, as processes of this machine: PostgreSQL and an S3 server, made
 * ready by the very scripts of deploy/compose, Temporal, and of the installed package `migrate`, two
 * workers and a server. Photographs are uploaded, the database is migrated and workers and server are
 * replaced one after the other while they work, and everything has to be there in the end.
 */
export async function rehearse(options: Options): Promise<Rehearsal> {
  const { photos, from, command: own, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-rehearsal-'));
  const logs = join(folder, 'logs');
  await mkdir(logs);
  try {
    const command = own ?? (await installPackage(join(folder, 'application'))).command;
    if (own === undefined) say('npm pack, npm install in an empty project: darkroom is there');
    const earlier =
      from === undefined ? command : await buildEarlier(from, join(folder, 'earlier'));
    if (from !== undefined) say(`and so is the version of ${from}, with which it begins`);
    const quiet = (line: string) => process.stderr.write(`darkroom: ${line}\n`);
    await using postgres = await startPostgres(quiet);
    await using s3 = await startS3Server(quiet);
    await using temporal = await openTemporal(options.temporal, folder, quiet);
    const storage = (bucket: string) =>
      `s3://${bucket}?region=us-east-1&endpoint=${s3.endpoint}&pathStyle=true`;
    const env = {
      ...{ PATH: process.env.PATH, HOME: folder, NODE_ENV: 'production' },
      DATABASE_URL: await createDatabases(postgres),
      ...temporal.env,
      ORIGINAL_STORAGE: storage('originals'),
      VARIANT_STORAGE: storage('variants'),
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      DARKROOM_SECRET: 'of the rehearsal only, 32 letters',
      ...(own === undefined && { SCRATCH_DIR: join(folder, 'scratch') }),
      LOG_FORMAT: 'json',
    };
    const buckets = [join(COMPOSE, 'create-buckets.js'), 'originals', 'variants'];
    for (const _again of [1, 2]) await run(process.execPath, buckets, { env });
    say('PostgreSQL, an S3 server with its buckets, Temporal: up');
    const [before, after] = [earlier, command].map((it) => openPrograms(it, env, logs));
    if (before === undefined || after === undefined) throw new Error('there are two versions');
    await before.json('migrate');
    await before.json('migrate');
    say('darkroom migrate: as a login that is no superuser, and once more');
    return await processPhotos({
      ...{ before, after, logs, say },
      photos: photos ?? (await paintPhotos(join(folder, 'photos'), say)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openTemporal(
  address: string | undefined,
  dataDir: string,
  say: (line: string) => void,
): Promise<AsyncDisposable & { env: NodeJS.ProcessEnv }> {
  if (address !== undefined) {
    const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'darkroom' };
    return { env, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const binary = await findTemporalBinary({ say });
  const server = await startTemporal({ binary, say, dataDir, ports: { server: 0, ui: 0 } });
  return {
    env: { TEMPORAL_ADDRESS: server.address },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** By the script that the container of PostgreSQL runs. @returns the address of Darkroom's */
async function createDatabases({ url, bin }: PostgresServer): Promise<string> {
  const { hostname, port } = new URL(url);
  const passwords = { TEMPORAL_DB_PASSWORD: 'temporal', DARKROOM_DB_PASSWORD: 'darkroom' };
  await run('sh', [join(COMPOSE, 'create-databases.sh')], {
    env: { ...passwords, PATH: `${bin}:${process.env.PATH}`, PGHOST: hostname, PGPORT: port },
  });
  return `postgres://darkroom:darkroom@${hostname}:${port}/darkroom`;
}

interface Work {
  /** The version with which it begins, and the one that it is upgraded to; they may be the same. */
  before: Programs;
  after: Programs;
  logs: string;
  photos: string;
  say: (line: string) => void;
}

async function processPhotos(work: Work): Promise<Rehearsal> {
  const { before, after, logs, photos, say } = work;
  const startWorker = async (programs: Programs, number: number) => {
    const port = String(await freePort());
    const env = { METRICS_PORT: port };
    const answersAt = `http://127.0.0.1:${port}/healthz`;
    return programs.start(`worker-${number}`, ['worker'], { env, answersAt });
  };
  const startServer = async (programs: Programs, number: number) => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const its = { answersAt: `${url}/healthz` };
    return { url, ...(await programs.start(`server-${number}`, ['serve', '--port', port], its)) };
  };
  await using firstServer = await startServer(before, 1);
  await using first = await startWorker(before, 1);
  await using second = await startWorker(before, 2);
  const { healthy } = await before.json<{ healthy: boolean }>('doctor');
  say(`two workers and a server are up; darkroom doctor: ${healthy ? 'healthy' : 'not healthy'}`);

  const { token } = await before.json<{ token: string }>(
    ...['tokens', 'create', '--role', 'admin', '--name', 'rehearsal'],
  );
  let api = openApi(firstServer.url, token);
  const names = (await readdir(photos)).filter((name) => IMAGES.test(name)).sort();
  const startedAt = Date.now();
  const ids: string[] = [];
  const upload = async (some: string[]) => {
    for (const name of some) ids.push(await api.upload(name, await readFile(join(photos, name))));
  };
  const third = Math.ceil(names.length / 3);
  await upload(names.slice(0, third));
  await after.json('migrate');
  say('darkroom migrate: of the version that is to come, while the workers work');
  await using _third = await startWorker(after, 3);
  await first[Symbol.asyncDispose]();
  say('worker 1 was told to stop while it worked; worker 3 is there');
  await upload(names.slice(third, 2 * third));
  await using _fourth = await startWorker(after, 4);
  await second[Symbol.asyncDispose]();
  say('so was worker 2; worker 4 is there');
  await using secondServer = await startServer(after, 2);
  await firstServer[Symbol.asyncDispose]();
  const { url } = secondServer;
  api = openApi(url, token);
  say('another server is there instead of the first');
  await upload(names.slice(2 * third));
  const views = await Promise.all(ids.map((id) => api.ended(id)));
  const seconds = (Date.now() - startedAt) / 1000;
  const variants = views.flatMap((view) => view.variants);
  say(
    `${views.length} photographs uploaded and ready in ${seconds.toFixed(1)} s: ${variants.length} variants`,
  );

  const problems = views.flatMap(({ fileName, status, variants: made }) =>
    status === 'completed' && made.length === 6
      ? []
      : [`${fileName} is ${status}, ${made.length} variants`],
  );
  if (!healthy) problems.push('darkroom doctor found something');
  for (const { url: address } of variants) {
    const answer = await fetch(new URL(address, url));
    const bytes = await answer.arrayBuffer();
    if (!answer.ok || bytes.byteLength === 0) problems.push(`${address}: ${answer.status}`);
  }
  say('every variant came over HTTP');
  const fsck = await after.json<Pick<FsckReport, 'missing' | 'damaged' | 'orphans'>>('fsck');
  const clean = fsck.missing + fsck.damaged + fsck.orphans === 0;
  if (!clean) problems.push('darkroom fsck found something');
  say(`darkroom fsck: catalog and storage ${clean ? 'agree' : 'do not agree'}`);
  const byWorker: Record<string, number> = {};
  for (const name of (await readdir(logs)).filter((it) => it.startsWith('worker-'))) {
    const log = await readFile(join(logs, name), 'utf8');
    byWorker[name.replace('.log', '')] = log.split('"variant encoded"').length - 1;
  }
  say(
    `variants by worker: ${Object.entries(byWorker)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  );
  return { images: views.length, variants: variants.length, byWorker, problems };
}

interface View {
  status: string;
  fileName: string;
  variants: { url: string }[];
}

function openApi(url: string, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string>) },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    upload: async (name: string, body: Buffer): Promise<string> => {
      const type = extname(name).slice(1).toLowerCase().replace('jpg', 'jpeg');
      const { id } = await answer<{ id: string }>(`images?fileName=${encodeURIComponent(name)}`, {
        ...{ method: 'POST', body },
        headers: { 'content-type': `image/${type}` },
      });
      return id;
    },
    ended: async (id: string): Promise<View> => {
      const deadline = Date.now() + READY_WITHIN_MS;
      for (;;) {
        const view = await answer<View>(`images/${id}`);
        if (['completed', 'failed'].includes(view.status) || Date.now() > deadline) return view;
        await sleep(250);
      }
    },
  };
}
