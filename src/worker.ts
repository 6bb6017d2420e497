import { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { openBridge } from './bridge/bridge.js';
import { loadWorkerConfig, type WorkerConfig } from './config/config.js';
import { createWorkers } from './create-workers.js';
import { listenForOperators } from './http/operate/listen.js';
import { installRuntime } from './log/install-runtime.js';
import { openLog } from './log/log.js';
import { openCoreMetrics } from './metrics/core-metrics.js';
import { workerMetrics } from './metrics/worker-metrics.js';
import { openActivityDeps, prepareVectorIndex, requireSafeLoaders } from './open-worker.js';
import { openTracing } from './open.js';
import { dataConverterFor } from './payloads/data-converter.js';
import { reachable } from './reachable.js';
import { openWorkerConnection } from './worker-connection.js';

/** Serves every queue until SIGTERM, then lets what runs finish within the grace. */
async function run(config: WorkerConfig): Promise<void> {
  const { metricsPort: port, temporalNamespace: namespace } = config;
  const log = openLog(config);
  const core = port === undefined ? undefined : await openCoreMetrics();
  installRuntime(log, core?.telemetry);

  await using tracing = await openTracing(config.otlpEndpoint);
  await using deps = await reachable(() => openActivityDeps(config, log), log);
  await reachable(() => requireSafeLoaders(deps, log), log);
  void prepareVectorIndex(deps, log);
  const connection = await openWorkerConnection(config, log);
  try {
    const { encoders, scratch } = deps;
    const temporal = { connection, namespace };
    const metrics =
      core &&
      workerMetrics({
        ...{ temporal, encoders, scratch, core },
        providers: [deps.catalog, config],
      });
    await using _listener =
      metrics && port ? await listenForOperators({ ...config, port, metrics }) : undefined;
    const workers = await createWorkers(config, connection, deps, {
      ...(metrics && { metrics }),
      ...(tracing && { tracing: tracing.worker }),
    });
    const client = new Client({
      ...temporal,
      dataConverter: dataConverterFor(config.payloadKeys),
      interceptors: { workflow: tracing ? [tracing.client] : [] },
    });
    const bridged = { databaseUrl: config.databaseUrl, client, eager: true, log };
    await using _bridge = config.sqlBridge ? openBridge(bridged) : undefined;
    for (const signal of SIGNALS) process.off(signal, leave);
    await runAll(workers);
  } finally {
    await connection.close();
  }
}

/** Until all have stopped; when one fails the others stop too, and its failure is what is thrown. */
async function runAll(workers: Worker[]): Promise<void> {
  const running = workers.map((worker) => worker.run());
  process.send?.({ ready: true });
  try {
    await Promise.all(running);
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(running);
  }
}

// Before there is any work nothing has to be finished, whatever server is being waited for.
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const leave = () => process.exit(0);
for (const signal of SIGNALS) process.on(signal, leave);

// Whoever started this process with a channel is gone; nobody would stop it any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

try {
  await run(loadWorkerConfig(process.env));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
