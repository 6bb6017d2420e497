import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { DueDelivery } from '../catalog/deliveries.js';
import { deliveryWorkflowId, FAILURE_DIGEST_WORKFLOW_ID, TASK_QUEUES } from '../domain/ids.js';
import type { deliverWebhook } from '../workflows/deliver-webhook.js';
import {
  failureSignal,
  type DeliverWebhookInput,
  type FailureDigestInput,
} from '../workflows/event-messages.js';
import type { failureDigest } from '../workflows/failure-digest.js';
import { PRIORITY } from '../domain/priority.js';
import { asked } from '../open/ask-temporal.js';

/** Other waits than those of policies.ts. */
export type DeliverySettings = Pick<DeliverWebhookInput, 'waitsSeconds'> & FailureDigestInput;

/** What activities do with the workflows of deliveries. @throws DarkroomError `TemporalUnavailable` */
export function deliveryWorkWith(
  client: Client,
  { waitsSeconds, ...digest }: DeliverySettings = {},
) {
  const waits = waitsSeconds && { waitsSeconds };
  return {
    start: (due: DueDelivery): Promise<boolean> =>
      asked(() => startDelivery(client, due, { ...waits })),
    startDigest: (): Promise<void> => asked(() => startDigest(client, digest)),
  };
}

interface Starting extends Pick<DeliverWebhookInput, 'waitsSeconds'> {
  /** Instead of the one that waits for its next try. */
  again?: boolean;
}

/** @returns false when it is under way already */
export async function startDelivery(
  client: Client,
  { id: deliveryId, endpointId, type }: DueDelivery,
  { again = false, ...input }: Starting = {},
): Promise<boolean> {
  try {
    await client.workflow.start<typeof deliverWebhook>('deliverWebhook', {
      workflowId: deliveryWorkflowId(deliveryId),
      workflowIdConflictPolicy: again ? 'TERMINATE_EXISTING' : 'FAIL',
      taskQueue: TASK_QUEUES.main,
      args: [{ deliveryId, ...input }],
      // An endpoint that is slow must not hold up the others.
      priority: { priorityKey: PRIORITY.delivery, fairnessKey: endpointId },
      staticSummary: type,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Ends what waits for its next try; whatever has ended already is fine. */
export async function stopDelivery(client: Client, deliveryId: string): Promise<void> {
  const handle = client.workflow.getHandle(deliveryWorkflowId(deliveryId));
  await handle.cancel().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

async function startDigest(client: Client, input: FailureDigestInput): Promise<void> {
  await client.workflow.signalWithStart<typeof failureDigest, []>('failureDigest', {
    workflowId: FAILURE_DIGEST_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.main,
    args: [input],
    signal: failureSignal,
    priority: { priorityKey: PRIORITY.delivery },
    staticSummary: 'Failures of a while, told in one event',
  });
}
