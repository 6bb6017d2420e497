import type { Priority } from '@temporalio/common';
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { STEPS, type Step } from '../domain/image.js';
import { stepLabel } from '../domain/step-labels.js';
import { failing } from './file-failure.js';
import type { Pass } from './pass.js';
import { POLICIES, PROVIDER_WAIT } from './policies.js';
import { nobodyTookIt } from './step-failure.js';

/** Described, then embedded; what its provider has no time for now is left to the sweep. */
export async function makeFindable(pass: Pass, steps: Step[]): Promise<void> {
  const { imageId, request, urgency, details } = pass;
  const { patient = false } = request;
  const todo = STEPS.filter((step) => step !== 'variants' && steps.includes(step));
  try {
    if (todo.includes('metadata')) {
      details.say('description', 'asked for');
      await urgency
        .run(({ priority }) => providers(patient, priority).describeImage({ imageId }))
        .catch(unlessBusy(failing(pass, 'description', todo)));
      details.say('description', 'done');
    }
    const last = todo.filter((step) => step === 'embedding');
    if (last.length > 0) {
      details.say('embedding', 'asked for');
      await urgency
        .run(({ priority }) => providers(patient, priority).embedImage({ imageId }))
        .catch(unlessBusy(failing(pass, 'embedding', last)));
      details.say('embedding', 'done');
    }
  } catch (error) {
    if (!nobodyTookIt(error)) throw error;
    details.say('embedding', 'left to the sweep, its provider is busy');
    const summary = stepLabel('deferSteps');
    const { deferSteps } = proxyActivities<Activities>({ ...POLICIES.catalog, summary });
    await deferSteps({ imageId, steps: todo, ...(request.force && { force: true }) });
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
    if (nobodyTookIt(error)) throw error;
    return fail(error);
  };
}
