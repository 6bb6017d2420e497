import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureReady } from '../../scripts/setup.js';
import { migrate } from '../../src/catalog/migrate.js';
import { openData } from '../../src/dev/database-data.js';
import { servePglite } from '../../src/dev/pglite-server.js';
import { signalProcess } from '../../src/dev/processes.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { prepareTemplate } from './postgres-databases.js';
import { startPostgres } from './postgres-server.js';
import { startS3Server } from './s3-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of the run's Temporal dev server, with Darkroom's flags. */
    temporalAddress: string;
    /** The run's PostgreSQL server; not there in a pass on PGlite. */
    postgresUrl: string | undefined;
    /** A dump of a migrated PGlite; not there in a pass on PostgreSQL. */
    pgliteTemplate: string | undefined;
    /** The run's S3 server; only in the S3 pass. */
    s3Endpoint: string;
  }
}

const say = (line: string) => process.stderr.write(`darkroom: ${line}\n`);

/** The servers of the whole run, which are those of its pass; returns what ends them. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await ensureReady();
  const closers: Closers = [];
  const tearDown = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await openServers(project, closers);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}

type Closers = (() => Promise<void>)[];

async function openServers(project: TestProject, closers: Closers): Promise<void> {
  // Set by scripts/test.js; see vitest.config.ts for what each pass runs.
  const pass = process.env.DARKROOM_TEST_PASS;
  if (pass === 's3') {
    const server = await startS3Server(say);
    closers.push(endedWith(server));
    project.provide('s3Endpoint', server.endpoint);
  }
  project.provide('temporalAddress', await openTemporal(closers));
  if (pass === 'postgres') {
    const server = await startPostgres(say);
    closers.push(endedWith(server));
    await prepareTemplate(server.url);
    project.provide('postgresUrl', server.url);
  } else {
    project.provide('pgliteTemplate', await openTemplate(closers));
  }
}

/** Migrating takes a second, copying what is migrated nothing beside it. */
async function openTemplate(closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-test-template-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const db = await openData({});
  const server = await servePglite(db, { port: 0 });
  await migrate(`postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`);
  const dump = await db.dumpDataDir('none');
  await server[Symbol.asyncDispose]();
  const file = join(folder, 'migrated.tar');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}

async function openTemporal(closers: Closers): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'darkroom-test-stack-'));
  closers.push(() => rm(dataDir, { recursive: true, force: true }));
  const binary = await findTemporalBinary({ say });
  const ports = { server: 0, ui: 0 };
  const server = await startTemporal({ binary, dataDir, ports, say });
  closers.push(endedWith(server));
  return server.address;
}

/**
 * Vitest leaves without tearing down when it is told to end; the server goes all the same. Its own listener, which
 * is there before ours, ends the process in the middle of the others.
 */
function endedWith(server: AsyncDisposable & { pid: number }): () => Promise<void> {
  const kill = () => void signalProcess(server.pid, 'SIGKILL');
  process.prependOnceListener('exit', kill);
  return async () => {
    await server[Symbol.asyncDispose]();
    process.off('exit', kill);
  };
}
