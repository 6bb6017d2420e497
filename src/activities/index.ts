import type { ActivityDeps } from './deps.js';
import { describeImage } from './describe-image.js';
import { embedImage } from './embed-image.js';
import { joinImage } from './join-image.js';
import { prepareOriginal } from './prepare-original.js';
import { recordFailure } from './record-failure.js';
import { releaseImage } from './release-image.js';
import { renderTier } from './render-tier.js';
import { closeRun, openRun, pageImages } from './runs.js';

export function createActivities(deps: ActivityDeps) {
  return {
    prepareOriginal: prepareOriginal(deps),
    renderTier: renderTier(deps),
    describeImage: describeImage(deps),
    embedImage: embedImage(deps),
    recordFailure: recordFailure(deps),
    releaseImage: releaseImage(deps),
    joinImage: joinImage(deps),
    openRun: openRun(deps),
    pageImages: pageImages(deps),
    closeRun: closeRun(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
