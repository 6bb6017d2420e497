import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureReady } from '../../scripts/setup.js';
import { signalProcess } from '../../src/dev/processes.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** host:port of the run's Temporal dev server, with Darkroom's flags. */
    temporalAddress: string;
  }
}

const say = (line: string) => process.stderr.write(`darkroom: ${line}\n`);

/** One Temporal server for the whole run; returns what ends it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await ensureReady();
  const dataDir = await mkdtemp(join(tmpdir(), 'darkroom-test-stack-'));
  const closers = [() => rm(dataDir, { recursive: true, force: true })];
  const tearDown = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    project.provide('temporalAddress', await openTemporal(dataDir, closers));
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

/** Vitest leaves without tearing down when Ctrl-C is pressed twice; the server goes all the same. */
function endedWith(server: AsyncDisposable & { pid: number }): () => Promise<void> {
  const kill = () => void signalProcess(server.pid, 'SIGKILL');
  process.once('exit', kill);
  return async () => {
    await server[Symbol.asyncDispose]();
    process.off('exit', kill);
  };
}
