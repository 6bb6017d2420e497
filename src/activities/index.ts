import { closeGeneration } from './close-generation.js';
import { checkStored } from './check-stored.js';
import type { ActivityDeps } from './deps.js';
import { deferSteps } from './defer-steps.js';
import { markDeleted, removeImage, stopImage } from './delete-image.js';
import { deliver } from './deliver.js';
import { describeImage } from './describe-image.js';
import { embedImage } from './embed-image.js';
import { joinImage } from './join-image.js';
import { openGeneration } from './open-generation.js';
import { prepareOriginal } from './prepare-original.js';
import { recordFailure } from './record-failure.js';
import { releaseImage } from './release-image.js';
import { renderTier } from './render-tier.js';
import { runPrediction } from './run-prediction.js';
import { closeRun, markRun, openRun, pageImages } from './runs.js';
import { groupFailures, startDeliveries } from './start-deliveries.js';
import { startGenerations } from './start-generations.js';
import { startDeferred, startStuck } from './start-unattended.js';
import { storeResult } from './store-result.js';
import { sweepObjects } from './sweep-objects.js';
import { tendVectors } from './tend-vectors.js';

export function createActivities(deps: ActivityDeps) {
  return {
    prepareOriginal: prepareOriginal(deps),
    renderTier: renderTier(deps),
    describeImage: describeImage(deps),
    embedImage: embedImage(deps),
    deferSteps: deferSteps(deps),
    recordFailure: recordFailure(deps),
    releaseImage: releaseImage(deps),
    joinImage: joinImage(deps),
    openRun: openRun(deps),
    pageImages: pageImages(deps),
    markRun: markRun(deps),
    closeRun: closeRun(deps),
    markDeleted: markDeleted(deps),
    stopImage: stopImage(deps),
    removeImage: removeImage(deps),
    startDeferred: startDeferred(deps),
    startStuck: startStuck(deps),
    sweepObjects: sweepObjects(deps),
    checkStored: checkStored(deps),
    deliver: deliver(deps),
    groupFailures: groupFailures(deps),
    startDeliveries: startDeliveries(deps),
    tendVectors: tendVectors(deps),
    openGeneration: openGeneration(deps),
    runPrediction: runPrediction(deps),
    storeResult: storeResult(deps),
    closeGeneration: closeGeneration(deps),
    startGenerations: startGenerations(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
