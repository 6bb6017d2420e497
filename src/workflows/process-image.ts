import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Build } from '../activities/prepare-original.js';
import type { RenderTierInput, RenderedTier } from '../activities/render-tier.js';
import { STEPS, type Step } from '../domain/image.js';
import { mergeRequests, type ProcessRequest } from '../domain/process-request.js';
import { requestSignal, type ProcessImageInput, type ProcessImageResult } from './messages.js';
import { MASTER_WAIT, POLICIES } from './policies.js';
import { nobodyTookIt, whatFailed } from './step-failure.js';

const imaging = proxyActivities<Activities>(POLICIES.imaging);
const { describeImage } = proxyActivities<Activities>(POLICIES.metadata);
const { embedImage } = proxyActivities<Activities>(POLICIES.embedding);
const { recordFailure, releaseImage } = proxyActivities<Activities>(POLICIES.catalog);

/** Makes one image ready: read once, resized tier by tier, described, searchable. */
export async function processImage(input: ProcessImageInput): Promise<ProcessImageResult> {
  const { imageId } = input;
  let waiting: ProcessRequest | undefined = input.request ?? {};
  setHandler(requestSignal, (request) => {
    if (request.id !== undefined && request.id === input.request?.id) return;
    waiting = waiting ? mergeRequests(waiting, request) : request;
  });

  let encoded = 0;
  let failure: ApplicationFailure | undefined;
  // A request that arrived meanwhile gets a pass of its own; what is done already costs it nothing.
  while (waiting !== undefined) {
    const request: ProcessRequest = waiting;
    waiting = undefined;
    failure = undefined;
    try {
      encoded += await makeReady(imageId, request);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw await released(imageId, error);
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return { imageId, encoded };
}

async function makeReady(imageId: string, request: ProcessRequest): Promise<number> {
  const fail = failing(imageId, request);
  const { steps, build } = await imaging
    .prepareOriginal({ imageId, request })
    .catch(fail(request.steps ?? [...STEPS]));

  const shown = build ? renderTiers(imageId, build).catch(fail(['variants'])) : 0;
  const described = steps.includes('metadata')
    ? describeImage({ imageId }).catch(fail(['metadata', 'embedding']))
    : undefined;
  const found = Promise.resolve(described).then(() =>
    steps.includes('embedding') ? embedImage({ imageId }).catch(fail(['embedding'])) : undefined,
  );

  // A failed description must not stop the tiers, nor a failed tier the description.
  const [variants, words] = await Promise.allSettled([shown, found]);
  if (variants.status === 'rejected') throw variants.reason;
  if (words.status === 'rejected') throw words.reason;
  return variants.value;
}

/** Smallest first, so that a page can show the image before its largest tier is made. */
async function renderTiers(imageId: string, build: Build): Promise<number> {
  let encoded = 0;
  let { queue } = build;
  for (const tier of build.tiers) {
    const rendered = await renderTier({ imageId, build, tier }, queue);
    encoded += rendered.encoded;
    queue = rendered.queue;
  }
  return encoded;
}

/** On a worker that has the master; on any worker, which makes it again, when those are gone. */
async function renderTier(input: RenderTierInput, queue: string): Promise<RenderedTier> {
  const near = proxyActivities<Activities>({
    ...POLICIES.imaging,
    taskQueue: queue,
    scheduleToStartTimeout: MASTER_WAIT,
  });
  return near.renderTier(input).catch((error: unknown) => {
    if (!nobodyTookIt(error)) throw error;
    return imaging.renderTier(input);
  });
}

/** Files the failure with the image, then ends this branch of the work with its kind. */
function failing(imageId: string, { runId }: ProcessRequest) {
  return (steps: Step[]) =>
    async (error: unknown): Promise<never> => {
      const [first, ...rest] = steps;
      if (isCancellation(error) || first === undefined) throw error;
      const { kind, message } = whatFailed(error);
      await recordFailure({
        imageId,
        steps: [first, ...rest],
        kind,
        message,
        ...(runId !== undefined && { runId }),
      });
      throw ApplicationFailure.nonRetryable(message, kind);
    };
}

/** Cancelled: what is done stays, and the catalog says that nobody is at the rest. */
async function released(imageId: string, error: unknown): Promise<unknown> {
  await CancellationScope.nonCancellable(() => releaseImage({ imageId }));
  return error;
}
