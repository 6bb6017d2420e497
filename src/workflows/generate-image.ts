import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { OpenedGeneration } from '../activities/open-generation.js';
import type { StoredResult } from '../activities/store-result.js';
import { detailsTable } from '../domain/details-table.js';
import { fairnessKey } from '../domain/fairness-key.js';
import { fileLabel } from '../domain/file-label.js';
import { slotPriority } from '../domain/generation-priority.js';
import { imageWorkflowId } from '../domain/ids.js';
import { PRIORITY } from '../domain/priority.js';
import type { GenerateImageInput, GenerateImageResult } from './generation-messages.js';
import { requestSignal } from './messages.js';
import { GIVING_WAY, POLICIES } from './policies.js';
import { processImage } from './process-image.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { asFailure, whatFailed, type WhatFailed } from './step-failure.js';

const { openGeneration } = proxyActivities<Activities>({
  ...POLICIES.catalog,
  summary: 'check what is asked for',
});
const { storeResult } = proxyActivities<Activities>({
  ...POLICIES.result,
  summary: 'bring the picture home',
});

/** Makes one picture from a prompt: has it made, brings it home, and has it processed as an image. */
export async function generateImage(input: GenerateImageInput): Promise<GenerateImageResult> {
  const { generationId } = input;
  let image: StoredResult['image'];
  try {
    const opened = await openGeneration({ generationId });
    const isMade = !opened.isOver && (await makePicture(generationId, opened));
    if (isMade) say('picture', 'being brought home');
    image = isMade ? (await storeResult({ generationId })).image : undefined;
  } catch (error) {
    if (isCancellation(error)) {
      await close(generationId, 'cancelled');
      throw error;
    }
    const failure = whatFailed(error);
    say('picture', `failed: ${failure.message} (${failure.kind})`);
    await close(generationId, `failed: ${failure.kind}`, failure);
    throw asFailure(failure);
  }
  if (image === undefined) {
    await close(generationId, 'cancelled');
    return {};
  }
  say('image', image.id);
  const made = image;
  // The picture is an image by now, and whoever cancels comes too late for it.
  await CancellationScope.nonCancellable(() => startProcessing(made));
  return { imageId: image.id };
}

/** @returns false: nobody wants it any more */
async function makePicture(generationId: string, opened: OpenedGeneration): Promise<boolean> {
  const { ownerId, priority } = opened;
  const { runPrediction } = proxyActivities<Activities>({
    ...POLICIES.prediction,
    priority: { priorityKey: slotPriority(priority), fairnessKey: fairnessKey(ownerId) },
    summary: 'have the picture made',
  });
  say('picture', 'being made, or waiting for a slot');
  let waitMs: number = GIVING_WAY.firstWaitMs;
  for (let turns = 0; ; turns += 1) {
    const { state } = await runPrediction({ generationId, insists: turns >= GIVING_WAY.times });
    if (state !== 'overtaken') return state === 'succeeded';
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 2, GIVING_WAY.longestWaitMs);
  }
}

/** Also when it was cancelled meanwhile: the provider and the row have to hear of it. */
async function close(generationId: string, summary: string, failure?: WhatFailed): Promise<void> {
  const { closeGeneration } = proxyActivities<Activities>({ ...POLICIES.close, summary });
  await CancellationScope.nonCancellable(() =>
    closeGeneration({ generationId, ...(failure && { failure }) }),
  );
}

/**
 * As a child that outlives this workflow, because a picture that is there is a completed generation
 * whatever becomes of its variants. The same bytes may be an image that is being processed already.
 */
async function startProcessing({ id, ownerId, fileName }: NonNullable<StoredResult['image']>) {
  const request = { priorityKey: PRIORITY.generation };
  const workflowId = imageWorkflowId(id);
  try {
    await startChild(processImage, {
      args: [{ imageId: id, request }],
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: fileLabel(fileName),
      priority: { priorityKey: PRIORITY.generation, fairnessKey: fairnessKey(ownerId) },
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.image, value: id },
        { key: SEARCH_ATTRIBUTES.owner, value: ownerId },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const running = getExternalWorkflowHandle(workflowId);
    // It ended just now: then the image is processed, or its failure is filed.
    await running.signal(requestSignal, request).catch(() => undefined);
  }
}

/** Where it stands, for people who look at it in the Temporal Web UI. */
function say(row: 'picture' | 'image', state: string): void {
  setCurrentDetails(detailsTable([[row, state]]));
}
