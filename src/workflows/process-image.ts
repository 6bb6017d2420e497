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
import { stepLabel, tierLabel } from '../domain/step-labels.js';
import { ImageDetails, tiersInWords, type DetailsRow } from './image-details.js';
import { requestSignal, type ProcessImageInput, type ProcessImageResult } from './messages.js';
import { MASTER_WAIT, POLICIES, PROVIDER_WAIT } from './policies.js';
import { asFailure, nobodyTookIt, originalThatFailed, whatFailed } from './step-failure.js';

const { prepareOriginal } = proxyActivities<Activities>({
  ...POLICIES.imaging,
  summary: 'read the original',
});
/** Short work on the catalog, under the words that the Temporal Web UI shows of it. */
const catalog = (summary: string) => proxyActivities<Activities>({ ...POLICIES.catalog, summary });

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
  const pass: Pass = { imageId, request, details: new ImageDetails() };
  const { details } = pass;
  details.say('original', 'being read');
  const { fileName, steps, build } = await prepareOriginal({ imageId, request }).catch(
    failing(pass, 'original', request.steps ?? [...STEPS]),
  );
  details.say('original', steps.length === 0 ? 'nothing is left to do' : 'read');
  if (fileName !== undefined) details.say('file', fileName);

  // A failed description must not stop the tiers, nor a failed tier the description.
  const [shown, found] = await Promise.allSettled([
    build ? renderTiers(pass, build).catch(failing(pass, 'tiers', ['variants'])) : 0,
    makeFindable(pass, steps),
  ]);
  if (shown.status === 'rejected') throw shown.reason;
  if (found.status === 'rejected') throw found.reason;
  return shown.value;
}

/** One pass over an image, for one request. */
interface Pass {
  imageId: string;
  request: ProcessRequest;
  details: ImageDetails;
}

/** Described, then embedded; what its provider has no time for now is left to the sweep. */
async function makeFindable(pass: Pass, steps: Step[]): Promise<void> {
  const { imageId, request, details } = pass;
  const wait = request.patient ? {} : { scheduleToStartTimeout: PROVIDER_WAIT };
  const { describeImage } = proxyActivities<Activities>({
    ...POLICIES.metadata,
    ...wait,
    summary: stepLabel('describeImage'),
  });
  const { embedImage } = proxyActivities<Activities>({
    ...POLICIES.embedding,
    ...wait,
    summary: stepLabel('embedImage'),
  });
  const todo = STEPS.filter((step) => step !== 'variants' && steps.includes(step));
  try {
    if (todo.includes('metadata')) {
      details.say('description', 'asked for');
      await describeImage({ imageId }).catch(unlessBusy(failing(pass, 'description', todo)));
      details.say('description', 'done');
    }
    const last = todo.filter((step) => step === 'embedding');
    if (last.length > 0) {
      details.say('embedding', 'asked for');
      await embedImage({ imageId }).catch(unlessBusy(failing(pass, 'embedding', last)));
      details.say('embedding', 'done');
    }
  } catch (error) {
    if (!nobodyTookIt(error)) throw error;
    details.say('embedding', 'left to the sweep, its provider is busy');
    await catalog(stepLabel('deferSteps')).deferSteps({ imageId, steps: todo });
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
async function renderTiers({ imageId, details }: Pass, build: Build): Promise<number> {
  let encoded = 0;
  let { queue } = build;
  for (const [index, tier] of build.tiers.entries()) {
    details.say('tiers', tiersInWords(build.tiers, index));
    const rendered = await renderTier({ imageId, build, tier }, queue);
    encoded += rendered.encoded;
    queue = rendered.queue;
    // Whoever replaced the bytes has asked for a pass of its own.
    if (rendered.superseded) break;
  }
  details.say('tiers', tiersInWords(build.tiers, build.tiers.length));
  return encoded;
}

/** On a worker that has the master; on any worker, which makes it again, when those are gone. */
async function renderTier(input: RenderTierInput, queue: string): Promise<RenderedTier> {
  const { tier, build } = input;
  const place = build.tiers.findIndex(({ widthPx }) => widthPx === tier.widthPx) + 1;
  const summary = `${tierLabel(tier.widthPx)}, ${place} of ${build.tiers.length}`;
  const near = proxyActivities<Activities>({
    ...POLICIES.imaging,
    taskQueue: queue,
    scheduleToStartTimeout: MASTER_WAIT,
    summary,
  });
  const anywhere = proxyActivities<Activities>({
    ...POLICIES.imaging,
    summary: `${summary}, by any worker`,
  });
  return near.renderTier(input).catch((error: unknown) => {
    if (!nobodyTookIt(error)) throw error;
    return anywhere.renderTier(input);
  });
}

/** Files the failure with the image, then ends this branch of the work with its kind. */
function failing({ imageId, request: { runId }, details }: Pass, row: DetailsRow, steps: Step[]) {
  return async (error: unknown): Promise<never> => {
    const [first, ...rest] = steps;
    if (isCancellation(error) || first === undefined) throw error;
    const { kind, message } = whatFailed(error);
    const original = originalThatFailed(error);
    details.say(row, `failed: ${message} (${kind})`);
    await catalog(`${stepLabel('recordFailure')}: ${kind}`).recordFailure({
      imageId,
      steps: [first, ...rest],
      kind,
      message,
      ...(runId !== undefined && { runId }),
      ...(original !== undefined && { original }),
    });
    throw asFailure({ kind, message });
  };
}

/** Cancelled: what is done stays, and the catalog says that nobody is at the rest. */
async function released(imageId: string, error: unknown): Promise<unknown> {
  await CancellationScope.nonCancellable(() =>
    catalog(stepLabel('releaseImage')).releaseImage({ imageId }),
  );
  return error;
}
