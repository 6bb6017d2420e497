import type { UnwantedGeneration } from '../catalog/requests.js';
import type { Looking } from './bridge.js';
import { severalAtOnce } from './several-at-once.js';

const PAGE = 100;

/**
 * Hands a page of what rows want cancelled to the workflows, again until they have ended. One whose
 * cancellation fails in a way of its own does not hold up the others; an outage ends the look.
 * @param after the last of the page before; absent: from the beginning
 * @returns the last of this page; `undefined` when none comes after it
 */
export async function passCancellations(
  { requests, work, log, stop }: Looking,
  after: string | undefined,
): Promise<string | undefined> {
  const page = await requests.unwantedGenerations({
    limit: PAGE,
    ...(after !== undefined && { after }),
  });
  await severalAtOnce(page, {
    stop,
    act: (generation) => cancel(generation, { requests, work }),
    onRefusal: ({ id }, error) => log.warn(`${id} could not be cancelled: ${String(error)}`),
  });
  return page.length === PAGE ? page.at(-1)?.id : undefined;
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
