import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { BACKFILL_WORKFLOW_ID, imageWorkflowId } from '../../src/domain/ids.js';

const { EventType } = proto.temporal.api.enums.v1;

/** What Temporal Cloud bills: https://docs.temporal.io/cloud/actions. Starting a child counts twice. */
const ACTIONS = new Map<number, number>([
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, 1],
  [EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED, 1],
  [EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, 1],
  [EventType.EVENT_TYPE_TIMER_STARTED, 1],
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, 1],
  [EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, 1],
  [EventType.EVENT_TYPE_MARKER_RECORDED, 1],
]);

export interface HistoryCosts {
  events: number;
  actions: number;
  workflowTasks: number;
}

export async function imageCosts(client: Client, imageId: string): Promise<HistoryCosts> {
  return historyCosts(client, imageWorkflowId(imageId));
}

/** Of every execution of the run, the first one first. */
export async function runCosts(client: Client, runId: string): Promise<HistoryCosts[]> {
  const executions: HistoryCosts[] = [];
  let next: string | undefined = runId;
  while (next !== undefined) {
    const history = await client.workflow.getHandle(BACKFILL_WORKFLOW_ID, next).fetchHistory();
    executions.push(costsOf(history.events ?? []));
    const last = history.events?.at(-1);
    next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return executions;
}

async function historyCosts(client: Client, workflowId: string): Promise<HistoryCosts> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  return costsOf(history.events ?? []);
}

function costsOf(events: proto.temporal.api.history.v1.IHistoryEvent[]): HistoryCosts {
  const types = events.map(({ eventType }) => eventType ?? 0);
  return {
    events: events.length,
    actions: types.reduce((sum, type) => sum + (ACTIONS.get(type) ?? 0), 0),
    workflowTasks: types.filter((type) => type === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
      .length,
  };
}
