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
import { MASTER_WAIT, POLICIES, PROVIDER_WAIT } from './policies.js';
import { nobodyTookIt, originalThatFailed, whatFailed } from './step-failure.js';

const imaging = proxyActivities<Activities>(POLICIES.imaging);
const { deferSteps, recordFailure, releaseImage } = proxyActivities<Activities>(POLICIES.catalog);

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
  let pass = makeReady;
  // A request that arrived meanwhile gets a pass of its own; what is done already costs it nothing.
  while (waiting !== undefined) {
    const request: ProcessRequest = waiting;
    waiting = undefined;
    failure = undefined;
    try {
      encoded += await pass(imageId, request);
    } catch (error) {
      if (error instanceof ApplicationFailure) failure = error;
      else if (waiting === undefined) throw await released(imageId, error);
      // Whoever cancelled did not speak for those who asked since: their pass is out of reach.
      else pass = shielded;
    }
  }
  if (failure !== undefined) throw failure;
  return { imageId, encoded };
}

function shielded(imageId: string, request: ProcessRequest): Promise<number> {
  return CancellationScope.nonCancellable(() => makeReady(imageId, request));
}

async function makeReady(imageId: string, request: ProcessRequest): Promise<number> {
  const fail = failing(imageId, request);
  const { steps, build } = await imaging
    .prepareOriginal({ imageId, request })
    .catch(fail(request.steps ?? [...STEPS]));

  // A failed description must not stop the tiers, nor a failed tier the description.
  const [shown, found] = await Promise.allSettled([
    build ? renderTiers(imageId, build).catch(fail(['variants'])) : 0,
    makeFindable(imageId, steps, request, fail),
  ]);
  if (shown.status === 'rejected') throw shown.reason;
  if (found.status === 'rejected') throw found.reason;
  return shown.value;
}

/** Described, then embedded; what its provider has no time for now is left to the sweep. */
async function makeFindable(
  imageId: string,
  steps: Step[],
  request: ProcessRequest,
  fail: ReturnType<typeof failing>,
): Promise<void> {
  const wait = request.patient ? {} : { scheduleToStartTimeout: PROVIDER_WAIT };
  const { describeImage } = proxyActivities<Activities>({ ...POLICIES.metadata, ...wait });
  const { embedImage } = proxyActivities<Activities>({ ...POLICIES.embedding, ...wait });
  const todo = STEPS.filter((step) => step !== 'variants' && steps.includes(step));
  try {
    if (todo.includes('metadata')) await describeImage({ imageId }).catch(unlessBusy(fail(todo)));
    const last = todo.filter((step) => step === 'embedding');
    if (last.length > 0) await embedImage({ imageId }).catch(unlessBusy(fail(last)));
  } catch (error) {
    if (!nobodyTookIt(error)) throw error;
    await deferSteps({ imageId, steps: todo });
  }
}

/** A provider that nobody could be sent to is no failure of the image. */
function unlessBusy(fail: (error: unknown) => Promise<never>) {
  return (error: unknown): Promise<never> => {
    if (nobodyTookIt(error)) throw error;
    return fail(error);
  };
}

/** Smallest first, so that a page can show the image before its largest tier is made. */
async function renderTiers(imageId: string, build: Build): Promise<number> {
  let encoded = 0;
  let { queue } = build;
  for (const tier of build.tiers) {
    const rendered = await renderTier({ imageId, build, tier }, queue);
    encoded += rendered.encoded;
    queue = rendered.queue;
    // Whoever replaced the bytes has asked for a pass of its own.
    if (rendered.superseded) break;
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
      const original = originalThatFailed(error);
      await recordFailure({
        imageId,
        steps: [first, ...rest],
        kind,
        message,
        ...(runId !== undefined && { runId }),
        ...(original !== undefined && { original }),
      });
      throw ApplicationFailure.nonRetryable(message, kind);
    };
}

/** Cancelled: what is done stays, and the catalog says that nobody is at the rest. */
async function released(imageId: string, error: unknown): Promise<unknown> {
  await CancellationScope.nonCancellable(() => releaseImage({ imageId }));
  return error;
}
