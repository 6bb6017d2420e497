/**
 * The worker on the embedded stack: as src/worker.ts, with storage that asks the harness over IPC
 * what is to become of each request. It takes its configuration from the environment.
 */
import { Client } from '@temporalio/client';
import { openBridge } from '../../src/bridge/bridge.js';
import { loadWorkerConfig } from '../../src/config/config.js';
import { createWorkers } from '../../src/create-workers.js';
import { installRuntime } from '../../src/log/install-runtime.js';
import { openLog } from '../../src/log/log.js';
import { openActivityDeps } from '../../src/open-worker.js';
import { reachable } from '../../src/reachable.js';
import type { OpenedStorage } from '../../src/storage/open-storage.js';
import { openWorkerConnection } from '../../src/worker-connection.js';
import { faulty, type AskFate } from './faulty-storage.js';
import type { StorageFault } from './schedule.js';

const waiting = new Map<number, (fate: StorageFault | undefined) => void>();
let questions = 0;

const ask: AskFate = (request, key) =>
  new Promise((resolve) => {
    const id = (questions += 1);
    waiting.set(id, resolve);
    process.send?.({ id, request, key });
  });

process.on('message', ({ id, fate }: { id: number; fate?: StorageFault }) => {
  waiting.get(id)?.(fate);
  waiting.delete(id);
});
process.on('disconnect', () => process.exit(0));

const config = loadWorkerConfig(process.env);
const log = openLog(config);
installRuntime(log);
const opened = await reachable(() => openActivityDeps(config, log), log);
const { originals, variants } = opened;
const deps = {
  ...opened,
  ...(originals && { originals: faulty(originals as OpenedStorage, ask) }),
  ...(variants && { variants: faulty(variants as OpenedStorage, ask) }),
};
const connection = await openWorkerConnection(config, log);
const workers = await createWorkers(config, connection, deps);
const client = new Client({ connection, namespace: config.temporalNamespace });
const bridge = openBridge({ databaseUrl: config.databaseUrl, client, eager: true, log });
const running = Promise.all(workers.map((worker) => worker.run()));
process.send?.({ ready: true });
await running;
await bridge[Symbol.asyncDispose]();
await connection.close();
await opened[Symbol.asyncDispose]();
process.exit(0);
