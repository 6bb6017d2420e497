import type { Priority } from '@temporalio/common';
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { STEPS, type Step } from '../domain/image.js';
import { stepLabel } from '../domain/step-labels.js';
import { catalogActivities } from './catalog-activities.js';
import { failing } from './file-failure.js';
import type { Pass } from './pass.js';
import { POLICIES, PROVIDER_WAIT } from './policies.js';
import { waitsForProvider, whatItSaid } from './step-failure.js';

/** Described, then embedded; what its provider has no time for now is left to the sweep. */
export async function makeFindable(pass: Pass, steps: Step[]): Promise<void> {
  const { imageId, request, urgency, details } = pass;
  const { patient = false } = request;
  const patience = patient ? { patient } : {};
  let left = STEPS.filter((step) => step !== 'variants' && steps.includes(step));
  try {
    if (left.includes('metadata')) {
      details.say('description', 'asked for');
      // The words that are there already are not what was asked for.
      const input = { imageId, ...patience, ...(request.force && { sinceMs: Date.now() }) };
      await urgency
        .run(({ priority }) => providers(patient, priority).describeImage(input))
        .catch(unlessBusy(failing(pass, 'description', left)));
      details.say('description', 'done');
    }
    left = left.filter((step) => step === 'embedding');
    if (left.length > 0) {
      details.say('embedding', 'asked for');
      const input = { imageId, ...patience };
      await urgency
        .run(({ priority }) => providers(patient, priority).embedImage(input))
        .catch(unlessBusy(failing(pass, 'embedding', left)));
      details.say('embedding', 'done');
    }
  } catch (error) {
    if (!waitsForProvider(error)) throw error;
    const failure = whatItSaid(error);
    const why =
      failure === undefined ? 'its provider is busy' : `${failure.message} (${failure.kind})`;
    const row = left.includes('metadata') ? 'description' : 'embedding';
    details.say(row, `left to the sweep: ${why}`);
    const summary = stepLabel('deferSteps');
    const { deferSteps } = catalogActivities(summary);
    await deferSteps({
      imageId,
      steps: left,
      ...(request.force && { force: true }),
      ...(failure && { failure }),
    });
  }
}

function providers(
  patient: boolean,
  priority: Priority | undefined,
): Pick<Activities, 'describeImage' | 'embedImage'> {
  const wait = {
    ...(priority && { priority }),
    ...(!patient && { scheduleToStartTimeout: PROVIDER_WAIT }),
  };
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
  return { describeImage, embedImage };
}

/** A provider that nobody could be sent to is no failure of the image. */
function unlessBusy(fail: (error: unknown) => Promise<never>) {
  return (error: unknown): Promise<never> => {
    if (waitsForProvider(error)) throw error;
    return fail(error);
  };
}
