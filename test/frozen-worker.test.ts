import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { WORKFLOW_SETTINGS } from '../src/create-workers.js';
import { installQuietRuntime } from './support/quiet-runtime.js';
import type { standingStill } from './support/standing-still.js';

const logger = installQuietRuntime();

/** Longer than the SDK lets a step of a workflow take, shorter than the server waits for it. */
const FROZEN_MS = 6_000;

it('a worker that was frozen in the middle of a workflow goes on', async () => {
  const workflowsPath = fileURLToPath(new URL('./support/standing-still.ts', import.meta.url));
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const taskQueue = `frozen-${randomUUID()}`;
  const worker = await Worker.create({
    ...{ connection: native, taskQueue, ...WORKFLOW_SETTINGS },
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }),
  });
  const client = new Client({ connection });
  const handle = await client.workflow.start<typeof standingStill>('standingStill', {
    ...{ taskQueue, workflowId: taskQueue, args: [FROZEN_MS] },
  });
  await expect(worker.runUntil(handle.result())).resolves.toBe('gone on');
  const { events } = await handle.fetchHistory();
  expect(events?.filter(({ workflowTaskFailedEventAttributes: it }) => it)).toEqual([]);
  await native.close();
  await connection.close();
}, 60_000);
