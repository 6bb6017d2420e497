import { proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { failureSignal, type FailureDigestInput } from './event-messages.js';
import { FAILURE_WINDOW_S, POLICIES } from './policies.js';

const { groupFailures } = proxyActivities<Activities>({
  ...POLICIES.catalog,
  summary: 'one event for all of them',
});

/** Waits while failures are collected, then tells administrators of all of them at once. */
export async function failureDigest(input: FailureDigestInput = {}): Promise<{ events: number }> {
  const { windowSeconds = FAILURE_WINDOW_S } = input;
  let more = false;
  setHandler(failureSignal, () => {
    more = true;
  });
  let events = 0;
  do {
    await sleep(windowSeconds * 1000);
    // Whatever was signalled so far is taken now; what comes meanwhile may have come too late.
    more = false;
    events += (await groupFailures()).events;
  } while (more);
  return { events };
}
