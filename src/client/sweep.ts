import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client';
import { SWEEP_SCHEDULE_ID, SWEEP_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import type { SweepReport } from '../domain/sweep.js';
import type { sweep } from '../workflows/sweep.js';
import type { SweepInput } from '../workflows/upkeep-messages.js';
import { ended } from './start-image.js';

/** Sweeps now, after a sweep that somebody else asked for if one runs, and says what it found. */
export async function runSweep(client: Client, input: SweepInput): Promise<SweepReport> {
  for (;;) {
    try {
      const handle = await client.workflow.start<typeof sweep>('sweep', {
        workflowId: SWEEP_WORKFLOW_ID,
        taskQueue: TASK_QUEUES.main,
        args: [input],
        staticSummary: input.deleteOrphans ? 'Sweep, deleting objects left over' : 'Sweep',
      });
      return await ended(handle);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await client.workflow
        .getHandle(SWEEP_WORKFLOW_ID)
        .result()
        .catch(() => undefined);
    }
  }
}

/**
 * Sweeps every five minutes, without the storage: listing a million objects takes a thousand paid
 * requests, and somebody who reads the count has to be there. What an operator changed by hand about
 * the schedule's state (paused, a note) stays.
 */
export async function ensureSweepSchedule(client: Client): Promise<void> {
  const schedule = {
    spec: { intervals: [{ every: '5 minutes' }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'sweep',
      workflowId: SWEEP_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args: [{ orphans: false } satisfies SweepInput],
      staticSummary: 'Sweep by schedule: steps left for later, images left alone',
    },
    // A sweep that was missed is made good by the next; there is nothing to catch up with.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
  };
  try {
    await client.schedule.create({ scheduleId: SWEEP_SCHEDULE_ID, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const existing = client.schedule.getHandle(SWEEP_SCHEDULE_ID);
    await existing.update(({ state }) => ({ ...schedule, state }));
  }
}
