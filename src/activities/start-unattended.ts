import { cancellationSignal } from '@temporalio/activity';
import type { Unattended, UnattendedPage } from '../catalog/lifecycle.js';
import type { Step } from '../domain/image.js';
import type { ProcessRequest } from '../domain/process-request.js';
import type { ActivityDeps } from './deps.js';

const PAGE = 100;

export interface StartInput {
  /** Images that may be under way at the end, those included that already are. */
  atMost: number;
}

/**
 * Starts the steps that found no provider, to wait for it as long as it takes, and those that were lost
 * beside them. Safe to repeat: what was started counts as under way.
 */
export const startDeferred =
  (deps: ActivityDeps) =>
  async ({ atMost }: StartInput): Promise<{ started: number }> =>
    startUnattended(deps, {
      atMost,
      page: (page) => deps.catalog.lifecycle.deferred(page),
      request: (steps) => ({ steps, patient: true }),
      startable: onlyOneInto((await deps.pausedSteps?.()) ?? []),
    });

/**
 * One image finds out whether a paused provider works again; the others would wait for nothing, and
 * only their variants are made.
 */
function onlyOneInto(paused: Step[]): (steps: Step[]) => Step[] {
  const left = new Set(paused);
  return (steps) => {
    const first = steps.find((step) => step !== 'variants');
    const mayAsk = first === undefined || !paused.includes(first) || left.delete(first);
    return mayAsk ? steps : steps.filter((step) => step === 'variants');
  };
}

/**
 * Starts the images that should be processed and are not: their start was lost, or their workflow
 * was terminated. Safe to repeat: one that runs is passed over, and a second start meets the same
 * workflow.
 */
export const startStuck =
  (deps: ActivityDeps) =>
  ({ atMost }: StartInput): Promise<{ started: number }> =>
    startUnattended(deps, {
      atMost,
      page: (page) => deps.catalog.lifecycle.stuck(page),
      request: (steps) => ({ steps }),
    });

interface Unattending extends StartInput {
  page: (page: UnattendedPage) => Promise<Unattended[]>;
  request: (steps: Unattended['steps']) => ProcessRequest;
  /** Those of them that can be done now; absent: all. */
  startable?: (steps: Unattended['steps']) => Unattended['steps'];
}

async function startUnattended({ images }: ActivityDeps, how: Unattending) {
  const signal = cancellationSignal();
  let started = 0;
  let underWay = 0;
  let after: string | undefined;
  for (;;) {
    const page = await how.page({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const { steps: all, ...image } of page) {
      signal.throwIfAborted();
      if (underWay >= how.atMost) return { started };
      const steps = how.startable?.(all) ?? all;
      if (steps.length === 0) continue;
      underWay += 1;
      if (await images.isRunning(image.id)) continue;
      await images.start(image, how.request(steps));
      started += 1;
    }
    after = page.at(-1)?.id;
    if (page.length < PAGE) return { started };
  }
}
