import { NativeConnection, type Worker } from '@temporalio/worker';
import { expect, it, onTestFinished, vi } from 'vitest';
import { loadWorkerConfig } from '../../src/config/config.js';
import { createWorkers } from '../../src/create-workers.js';
import { findTemporalBinary } from '../../src/dev/temporal-binary.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { imageWorkflowId } from '../../src/domain/ids.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const say = () => undefined;

/** Which version is current holds for every queue of a server, so this one is not shared. */
async function startApart(buildId: string): Promise<Pipeline> {
  const [binary, ports] = [await findTemporalBinary({ say }), { server: 0, ui: 0 }];
  const server = await startTemporal({ binary, dataDir: temporaryFolder(), ports, say });
  const env = { TEMPORAL_ADDRESS: server.address, WORKER_BUILD_ID: buildId };
  const pipeline = await startPipeline({ env });
  onTestFinished(async () => {
    await pipeline[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return pipeline;
}

/** What `temporal worker deployment set-current-version` does. */
async function setCurrent({ temporal }: Pipeline, buildId: string): Promise<void> {
  const request = { namespace: 'default', deploymentName: 'darkroom', buildId };
  // The server hears of a version when its workers ask for work the first time.
  await vi.waitFor(
    () =>
      temporal.workflowService.setWorkerDeploymentCurrentVersion({
        ...request,
        ignoreMissingTaskQueues: true,
      }),
    { timeout: 30_000, interval: 200 },
  );
}

async function versionOf({ temporal }: Pipeline, imageId: string): Promise<string | undefined> {
  const { raw } = await temporal.workflow.getHandle(imageWorkflowId(imageId)).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

it('workers that say their version get work when it is the current one, and hand it to the next', async () => {
  const pipeline = await startApart('one');
  await pipeline.addPictures({ 'a.jpg': await picture({ widthPx: 700, heightPx: 500 }) });
  const [image] = await pipeline.darkroom.images();
  const id = image?.id ?? '';

  await pipeline.darkroom.process(id);
  await setCurrent(pipeline, 'one');
  await pipeline.darkroom.process(id, { wait: true });
  expect(await versionOf(pipeline, id)).toBe('one');

  // Beside it the next version; until it is current everything still goes to the first.
  const config = loadWorkerConfig({ ...pipeline.env, WORKER_BUILD_ID: 'two' });
  const connection = await NativeConnection.connect({ address: config.temporalAddress });
  const workers = await createWorkers(config, connection, pipeline.deps);
  const running = Promise.all(workers.map((worker) => worker.run()));
  await pipeline.darkroom.process(id, { force: true, wait: true });
  expect(await versionOf(pipeline, id)).toBe('one');
  await setCurrent(pipeline, 'two');
  await pipeline.stopWorkers();
  await pipeline.darkroom.process(id, { force: true, wait: true });
  expect(await versionOf(pipeline, id)).toBe('two');
  await stop(workers);
  await running;
  await connection.close();
});

async function stop(workers: Worker[]): Promise<void> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
