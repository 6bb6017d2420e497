import { ApplicationFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Build } from '../activities/prepare-original.js';
import type { RenderTierInput, RenderedTier } from '../activities/render-tier.js';
import { failureOf } from '../domain/failures.js';
import { tierLabel } from '../domain/step-labels.js';
import { failing } from './file-failure.js';
import { tiersInWords } from './image-details.js';
import type { Pass } from './pass.js';
import { prepare } from './prepare.js';
import { MASTER_WAIT, POLICIES, RECIPE_CHANGES } from './policies.js';
import { nobodyTookIt } from './step-failure.js';
import type { Place } from './urgency.js';

/** @returns how many variants were encoded; none when there is nothing to build */
export async function makeShowable(pass: Pass, build: Build | undefined): Promise<number> {
  if (build === undefined) return 0;
  return renderAll(pass, build).catch(failing(pass, 'tiers', ['variants']));
}

/** Tier by tier; from the start when a deploy has brought another recipe half-way. */
async function renderAll(pass: Pass, build: Build): Promise<number> {
  let encoded = 0;
  let next: Build | undefined = build;
  for (let builds = 1; next !== undefined; builds += 1) {
    const made = await renderTiers(pass, next);
    encoded += made.encoded;
    if (!made.otherRecipe) break;
    if (builds === RECIPE_CHANGES.builds) throw mixedRecipes();
    await sleep(RECIPE_CHANGES.firstWaitMs * 2 ** (builds - 1));
    next = (await prepare(pass, 'read the original again, for another recipe')).build;
  }
  return encoded;
}

function mixedRecipes(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(failureOf('RecipeMismatch').says, 'RecipeMismatch');
}

/** Smallest first, so that a page can show the image before its largest tier is made. */
async function renderTiers({ imageId, urgency, details }: Pass, build: Build) {
  let encoded = 0;
  let { queue } = build;
  for (const [index, tier] of build.tiers.entries()) {
    details.say('tiers', tiersInWords(build.tiers, index));
    const input = { imageId, build, tier };
    const near: string = queue;
    const rendered = await urgency.run((place) => renderTier(input, near, place));
    encoded += rendered.encoded;
    queue = rendered.queue;
    if (rendered.otherRecipe) return { encoded, otherRecipe: true };
    // Whoever replaced the bytes has asked for a pass of its own.
    if (rendered.superseded) break;
  }
  details.say('tiers', tiersInWords(build.tiers, build.tiers.length));
  return { encoded };
}

/** On a worker that has the master; on any worker, which makes it again, when those are gone. */
async function renderTier(
  input: RenderTierInput,
  queue: string,
  { imaging, ...front }: Place,
): Promise<RenderedTier> {
  const { tier, build } = input;
  const place = build.tiers.findIndex(({ widthPx }) => widthPx === tier.widthPx) + 1;
  const summary = `${tierLabel(tier.widthPx)}, ${place} of ${build.tiers.length}`;
  const near = proxyActivities<Activities>({
    ...POLICIES.imaging,
    ...front,
    taskQueue: queue,
    scheduleToStartTimeout: MASTER_WAIT,
    summary,
  });
  return near.renderTier(input).catch((error: unknown) => {
    if (!nobodyTookIt(error)) throw error;
    const any = { ...POLICIES.imaging, ...imaging, ...front };
    const anywhere = { ...any, summary: `${summary}, by any worker` };
    return proxyActivities<Activities>(anywhere).renderTier(input);
  });
}
