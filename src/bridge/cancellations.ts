import type { UnwantedGeneration } from '../catalog/requests.js';
import type { Looking } from './bridge.js';

const PAGE = 100;

/** Hands what rows want cancelled to the workflows, again until they have ended. */
export async function passCancellations({ requests, work, stop }: Looking): Promise<void> {
  let after: string | undefined;
  for (let more = true; more && !stop.aborted;) {
    const page = await requests.unwantedGenerations({
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    for (const generation of page) await cancel(generation, { requests, work });
    after = page.at(-1)?.id;
    more = page.length === PAGE;
  }
}

/**
 * What nobody works on was not started yet, or its work was lost. In the second case there may be a
 * prediction that costs money, which only its workflow knows how to end.
 */
async function cancel(
  generation: UnwantedGeneration,
  { requests, work }: Pick<Looking, 'requests' | 'work'>,
): Promise<void> {
  if (await work.cancelGeneration(generation.id)) return;
  if (generation.attemptNumber > 0 && (await work.startGeneration(generation))) return;
  await requests.cancel(generation.id);
}
