import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../src/catalog/migrate.js';
import { openBridgeBench, type BridgeBench } from '../support/bridge.js';
import { startPostgres } from '../support/postgres-server.js';
import { openSwallowingProxy } from '../support/swallowing-proxy.js';

const PROGRAM = fileURLToPath(new URL('./bridge-program.ts', import.meta.url));

async function openBench(...database: Parameters<typeof openBridgeBench>): Promise<BridgeBench> {
  const bench = await openBridgeBench(...database);
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

const allStarted = (bench: BridgeBench, timeout: number) =>
  vi.waitUntil(async () => (await bench.waiting()) === 0, { timeout, interval: 50 });

function startProgram(bench: BridgeBench): ChildProcess {
  const env = { DATABASE_URL: bench.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
  const child = fork(PROGRAM, [], { env, execArgv: ['--import', 'tsx'], stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** It has begun with the rows, and has by no means come to their end. */
async function inTheMiddle(bench: BridgeBench, rows: number): Promise<void> {
  await vi.waitUntil(async () => (await bench.waiting()) < rows, { timeout: 30_000, interval: 5 });
}

describe('a bridge', () => {
  it('that is killed in the middle of 500 rows leaves them to the next, and none is started twice', async () => {
    const bench = await openBench();
    const ids = await bench.addGenerations(500);
    const child = startProgram(bench);
    await inTheMiddle(bench, 500);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const left = await bench.waiting();
    expect(left).toBeGreaterThan(50);

    await using _next = bench.bridge();
    await allStarted(bench, 60_000);
    const executions = await vi.waitUntil(
      async () => {
        const found = await bench.executions(ids);
        return found.length >= 500 && found;
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(new Set(executions.map(({ workflowId }) => workflowId)).size).toBe(500);
    expect(executions).toHaveLength(500);
  }, 120_000);

  it('that is told to stop finishes what it is starting', async () => {
    const bench = await openBench();
    const ids = await bench.addGenerations(300);
    const child = startProgram(bench);
    await inTheMiddle(bench, 300);
    child.kill('SIGTERM');
    await expect(once(child, 'exit')).resolves.toEqual([0, null]);
    const left = await bench.waiting();
    expect(left).toBeGreaterThan(0);
    const executions = await vi.waitUntil(
      async () => {
        const found = await bench.executions(ids);
        return found.length >= 300 - left && found;
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(executions).toHaveLength(300 - left);
  }, 60_000);

  it('waits for a database that is away, and says so once', async () => {
    const bench = await openBench();
    await using _bridge = bench.bridge('postgres://nobody@127.0.0.1:1/nowhere');
    await vi.waitUntil(() => bench.said.length > 0, { timeout: 15_000 });
    expect(bench.said[0]).toContain('rows are not looked for at the moment');
    // Four tries take 2 s.
    await vi.waitUntil(() => bench.said.length > 1, { timeout: 2_000 }).catch(() => undefined);
    expect(bench.said).toHaveLength(1);
  });
});

describe.skipIf(inject('postgresUrl') === undefined)('the connection of a bridge', () => {
  it('is replaced when its other end is gone without a word', async () => {
    const bench = await openBench();
    const proxy = await openSwallowingProxy(Number(new URL(bench.url).port));
    const through = Object.assign(new URL(bench.url), { port: proxy.port }).href;
    await using _bridge = bench.bridge(through);
    await bench.addGenerations(1);
    await allStarted(bench, 10_000);

    proxy.swallow();
    const swallowedAtMs = performance.now();
    await bench.addGenerations(1);
    // The next sweep asks after 5 s at most, and has 5 s for its answer.
    await allStarted(bench, 20_000);
    expect(performance.now() - swallowedAtMs).toBeLessThan(12_000);

    await bench.addGenerations(1);
    await allStarted(bench, 1_000);
    expect(bench.said.map((line) => line.replace(/:.*/s, ''))).toEqual([
      'rows are not looked for at the moment',
      'rows are looked for again',
    ]);
  }, 60_000);

  it('is replaced when the server ends it, and what came meanwhile is found at once', async () => {
    const bench = await openBench();
    await using _bridge = bench.bridge();
    await bench.addGenerations(1);
    await allStarted(bench, 10_000);
    await bench.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await bench.addGenerations(1);
    await allStarted(bench, 3_000);
    await bench.addGenerations(1);
    await allStarted(bench, 1_000);
  });

  it('is opened again after a restart of the server', async () => {
    const server = await startPostgres(() => undefined);
    await migrate(server.url);
    const bench = await openBench(server);
    await using _bridge = bench.bridge();
    await bench.addGenerations(1);
    await allStarted(bench, 10_000);
    await server.restart();
    await bench.addGenerations(1);
    await allStarted(bench, 15_000);
    await bench.addGenerations(1);
    await allStarted(bench, 1_000);
  }, 90_000);
});
