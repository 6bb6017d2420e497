import { getExternalWorkflowHandle, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { ProcessRequest } from '../domain/process-request.js';
import { shownSignal } from './messages.js';

/** Tells the run that all the image waits for is a provider, so that another image has its room. */
export async function leaveWindow(imageId: string, { runId }: ProcessRequest): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined || runId === undefined) return;
  try {
    await getExternalWorkflowHandle(parent.workflowId, parent.runId).signal(shownSignal, imageId);
  } catch (error) {
    // A run that is gone needs no room.
    if (isCancellation(error)) throw error;
  }
}
