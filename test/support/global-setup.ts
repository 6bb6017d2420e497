import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureReady } from '../../scripts/setup.js';
import { startDatabase } from '../../src/dev/database.js';
import { signalProcess } from '../../src/dev/processes.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of the run's Temporal dev server, with Darkroom's flags. */
    temporalAddress: string;
    /** PostgreSQL with pgvector for the run, not migrated. */
    databaseUrl: string;
  }
}

const say = (line: string) => process.stderr.write(`darkroom: ${line}\n`);

/** One Temporal server and one database for the whole run; returns what ends them. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await ensureReady();
  const dataDir = await mkdtemp(join(tmpdir(), 'darkroom-test-stack-'));
  const closers = [() => rm(dataDir, { recursive: true, force: true })];
  const tearDown = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const opened = await Promise.allSettled([
      openTemporal(dataDir, closers).then((address) => project.provide('temporalAddress', address)),
      openDatabase(dataDir, closers).then((url) => project.provide('databaseUrl', url)),
    ]);
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}

type Closers = (() => Promise<void>)[];

async function openTemporal(dataDir: string, closers: Closers): Promise<string> {
  const binary = await findTemporalBinary({ say });
  const ports = { server: 0, ui: 0 };
  const server = await startTemporal({ binary, dataDir, ports, say });
  closers.push(endedWith(server));
  return server.address;
}

async function openDatabase(dataDir: string, closers: Closers): Promise<string> {
  if (process.env.TEST_DATABASE_URL) return process.env.TEST_DATABASE_URL;
  const database = await startDatabase({ dataDir, inMemory: true, port: 0, say });
  closers.push(endedWith(database));
  return database.url;
}

/** Vitest leaves without tearing down when Ctrl-C is pressed twice; the server goes all the same. */
function endedWith(server: AsyncDisposable & { pid: number }): () => Promise<void> {
  const kill = () => void signalProcess(server.pid, 'SIGKILL');
  process.once('exit', kill);
  return async () => {
    await server[Symbol.asyncDispose]();
    process.off('exit', kill);
  };
}
