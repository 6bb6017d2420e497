import { NativeConnection } from '@temporalio/worker';
import { loadWorkerConfig } from './config/config.js';
import { createWorkers } from './create-workers.js';
import { openActivityDeps } from './open-worker.js';
import { reachable } from './reachable.js';
import { installWorkerLog } from './worker-log.js';

/** Serves every queue until SIGTERM, then lets what runs finish within the grace. */
async function run(): Promise<void> {
  const config = loadWorkerConfig(process.env);
  installWorkerLog(config.logLevel);

  await using deps = await reachable(() => openActivityDeps(config));
  const connection = await NativeConnection.connect({ address: config.temporalAddress });
  try {
    const workers = await createWorkers(config, connection, deps);
    const running = workers.map((worker) => worker.run());
    process.send?.({ ready: true });
    await Promise.all(running);
  } finally {
    await connection.close();
  }
}

// Whoever started this process with a channel is gone; nobody would stop it any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

run().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
