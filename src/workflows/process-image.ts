import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Build } from '../activities/prepare-original.js';
import type { RenderTierInput, RenderedTier } from '../activities/render-tier.js';
import { failureOf } from '../domain/failures.js';
import { STEPS, type Step } from '../domain/image.js';
import { mergeRequests, type ProcessRequest } from '../domain/process-request.js';
import { failing, type Failing, type Failures } from './file-failure.js';
import { leaveWindow } from './leave-window.js';
import { requestSignal, type ProcessImageInput, type ProcessImageResult } from './messages.js';
import { MASTER_WAIT, POLICIES, PROVIDER_WAIT, RECIPE_CHANGES } from './policies.js';
import { nobodyTookIt } from './step-failure.js';

const imaging = proxyActivities<Activities>(POLICIES.imaging);
const { deferSteps, releaseImage } = proxyActivities<Activities>(POLICIES.catalog);

/** Makes one image ready: read once, resized tier by tier, described, searchable. */
export async function processImage(input: ProcessImageInput): Promise<ProcessImageResult> {
  const { imageId } = input;
  let waiting: ProcessRequest | undefined = input.request ?? {};
  const known = new Set([input.request?.id]);
  setHandler(requestSignal, (request) => {
    if (request.id !== undefined && known.has(request.id)) return;
    known.add(request.id);
    waiting = waiting ? mergeRequests(waiting, request) : request;
  });

  let encoded = 0;
  const failures: Failures = new Map();
  let pass = makeReady;
  // A request that arrived meanwhile gets a pass of its own; what is done already costs it nothing.
  while (waiting !== undefined) {
    const request: ProcessRequest = waiting;
    waiting = undefined;
    for (const step of request.steps ?? STEPS) failures.delete(step);
    try {
      encoded += await pass(imageId, request, failures);
    } catch (error) {
      if (error instanceof ApplicationFailure) continue;
      if (waiting === undefined) await release(imageId);
      if (waiting === undefined) throw error;
      // Whoever cancelled did not speak for those who asked since: their pass is out of reach.
      pass = shielded;
    }
  }
  const [failure] = failures.values();
  if (failure !== undefined) throw failure;
  return { imageId, encoded };
}

const shielded: typeof makeReady = (...pass) =>
  CancellationScope.nonCancellable(() => makeReady(...pass));

async function makeReady(
  imageId: string,
  request: ProcessRequest,
  failures: Failures,
): Promise<number> {
  const fail = failing(imageId, request, failures);
  const { steps, build } = await imaging
    .prepareOriginal({ imageId, request })
    .catch(fail(request.steps ?? [...STEPS]));

  // A failed description must not stop the tiers, nor a failed tier the description.
  let toFind = steps.some((step) => step !== 'variants');
  const showing = build
    ? makeShowable(imageId, request, build).catch(fail(['variants']))
    : Promise.resolve(0);
  const [shown, found] = await Promise.allSettled([
    showing.finally(() => (toFind ? leaveWindow(imageId, request) : undefined)),
    makeFindable(imageId, steps, request, fail).finally(() => (toFind = false)),
  ]);
  if (shown.status === 'rejected') throw shown.reason;
  if (found.status === 'rejected') throw found.reason;
  return shown.value;
}

/** Tier by tier; from the start when a deploy has brought another recipe half-way. */
async function makeShowable(
  imageId: string,
  request: ProcessRequest,
  build: Build,
): Promise<number> {
  let encoded = 0;
  let next: Build | undefined = build;
  for (let builds = 1; next !== undefined; builds += 1) {
    const made = await renderTiers(imageId, next);
    encoded += made.encoded;
    if (!made.otherRecipe) break;
    if (builds === RECIPE_CHANGES.builds) throw mixedRecipes();
    await sleep(RECIPE_CHANGES.firstWaitMs * 2 ** (builds - 1));
    next = (await imaging.prepareOriginal({ imageId, request })).build;
  }
  return encoded;
}

function mixedRecipes(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(failureOf('RecipeMismatch').says, 'RecipeMismatch');
}

/** Described, then embedded; what its provider has no time for now is left to the sweep. */
async function makeFindable(
  imageId: string,
  steps: Step[],
  request: ProcessRequest,
  fail: Failing,
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
    await deferSteps({ imageId, steps: todo, ...(request.force && { force: true }) });
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
async function renderTiers(imageId: string, build: Build) {
  let encoded = 0;
  let { queue } = build;
  for (const tier of build.tiers) {
    const rendered = await renderTier({ imageId, build, tier }, queue);
    encoded += rendered.encoded;
    queue = rendered.queue;
    if (rendered.otherRecipe) return { encoded, otherRecipe: true };
    // Whoever replaced the bytes has asked for a pass of its own.
    if (rendered.superseded) break;
  }
  return { encoded };
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

/** Cancelled: what is done stays, and the catalog says that nobody is at the rest. */
async function release(imageId: string): Promise<void> {
  await CancellationScope.nonCancellable(() => releaseImage({ imageId }));
}
