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
    for (const id of page) {
      // Nothing works on it: it was not started yet, or its work was lost.
      if (!(await work.cancelGeneration(id))) await requests.cancel(id);
    }
    after = page.at(-1);
    more = page.length === PAGE;
  }
}
