import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { FsckInput, FsckReport } from '../domain/fsck.js';
import { FSCK_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import type { fsck } from '../workflows/fsck.js';
import { ended } from './start-image.js';

/** Compares now, after a comparison that somebody else asked for if one runs, and says what it found. */
export async function runFsck(client: Client, input: FsckInput): Promise<FsckReport> {
  for (;;) {
    try {
      const handle = await client.workflow.start<typeof fsck>('fsck', {
        workflowId: FSCK_WORKFLOW_ID,
        taskQueue: TASK_QUEUES.main,
        args: [input],
        staticSummary: input.repair ? 'Compare and repair' : 'Compare catalog and storage',
      });
      return await ended(handle);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await client.workflow
        .getHandle(FSCK_WORKFLOW_ID)
        .result()
        .catch(() => undefined);
    }
  }
}
