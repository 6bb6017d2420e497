import {
  ApplicationFailure,
  CancellationScope,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { STEPS } from '../domain/image.js';
import { mergeRequests, type ProcessRequest } from '../domain/process-request.js';
import { stepLabel } from '../domain/step-labels.js';
import { catalogActivities } from './catalog-activities.js';
import { failing } from './file-failure.js';
import { ImageDetails } from './image-details.js';
import { leaveWindow } from './leave-window.js';
import { makeFindable } from './make-findable.js';
import { makeShowable } from './make-showable.js';
import { requestSignal, type ProcessImageInput, type ProcessImageResult } from './messages.js';
import type { Pass } from './pass.js';
import { prepare } from './prepare.js';
import { Urgency } from './urgency.js';

/** Makes one image ready: read once, resized tier by tier, described, searchable. */
async function makeReady(pass: Pass): Promise<number> {
  const { imageId, request, details } = pass;
  details.say('original', 'being read');
  const { fileName, steps, build } = await prepare(pass, 'read the original').catch(
    failing(pass, 'original', request.steps ?? [...STEPS]),
  );
  details.say('original', steps.length === 0 ? 'nothing is left to do' : 'read');
  if (fileName !== undefined) details.say('file', fileName);

  // A failed description must not stop the tiers, nor a failed tier the description.
  let toFind = steps.some((step) => step !== 'variants');
  const [shown, found] = await Promise.allSettled([
    makeShowable(pass, build).finally(() => (toFind ? leaveWindow(imageId, request) : undefined)),
    makeFindable(pass, steps).finally(() => (toFind = false)),
  ]);
  if (shown.status === 'rejected') throw shown.reason;
  if (found.status === 'rejected') throw found.reason;
  return shown.value;
}

/** Every request for one image, whoever makes it: those that arrive meanwhile get a pass of their own. */
export async function processImage(input: ProcessImageInput): Promise<ProcessImageResult> {
  const { imageId } = input;
  const waiting: ProcessRequest[] = [input.request ?? {}];
  const known = new Set([input.request?.id]);
  const urgency = new Urgency();
  setHandler(requestSignal, (request) => {
    if (request.id !== undefined && known.has(request.id)) return;
    known.add(request.id);
    queue(waiting, request);
    urgency.raise(request.priorityKey);
  });

  let encoded = 0;
  const failures: Pass['failures'] = new Map();
  let work = makeReady;
  // What is done already costs another pass nothing.
  for (let request; (request = waiting.shift()) !== undefined;) {
    for (const step of request.steps ?? STEPS) failures.delete(step);
    try {
      const details = new ImageDetails();
      const pass = { imageId, request, urgency, failures, details };
      // A run that is cancelled does not speak for somebody else who has asked since.
      if (isOfOthers(request, input.request) && patched('others-outlive-a-run')) work = shielded;
      encoded += await work(pass).finally(() => urgency.settled());
    } catch (error) {
      if (error instanceof ApplicationFailure) continue;
      if (waiting.length === 0) await release(imageId);
      if (waiting.length === 0) throw error;
      // Nor did whoever cancelled just now: their pass is out of reach.
      work = shielded;
    }
  }
  const [failure] = failures.values();
  if (failure !== undefined) throw failure;
  return { imageId, encoded };
}

/** Together with one that waits already; what nobody wants made again must not cost a provider's call. */
function queue(waiting: ProcessRequest[], request: ProcessRequest): void {
  const { force = false } = request;
  const [first] = waiting;
  let other = waiting.find((it) => (it.force ?? false) === force);
  if (first !== undefined && other === undefined && !patched('forced-apart')) other = first;
  if (other === undefined) waiting.push(request);
  else waiting[waiting.indexOf(other)] = mergeRequests(other, request);
}

/** Asked of the child of a run, and not by that run. */
function isOfOthers(request: ProcessRequest, first: ProcessRequest | undefined): boolean {
  return workflowInfo().parent !== undefined && request !== first;
}

function shielded(pass: Pass): Promise<number> {
  return CancellationScope.nonCancellable(() => makeReady(pass));
}

/** Cancelled: what is done stays, and the catalog says that nobody is at the rest. */
async function release(imageId: string): Promise<void> {
  const summary = stepLabel('releaseImage');
  const { releaseImage } = catalogActivities(summary);
  await CancellationScope.nonCancellable(() => releaseImage({ imageId }));
}
