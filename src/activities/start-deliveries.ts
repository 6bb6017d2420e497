import { cancellationSignal, log } from '@temporalio/activity';
import { groupFailures as groupedByKind } from '../domain/group-failures.js';
import type { ActivityDeps } from './deps.js';

/** What digests are about, so that they are found and started. */
const DIGESTS = 'failures';

/**
 * Starts to deliver the events of what was just committed, and of failures the digest. What is not
 * started here the sweep starts, so this never fails the work that it is about. Where there are no
 * endpoints it is one query.
 */
export async function tell(
  { catalog, deliveries }: Pick<ActivityDeps, 'catalog' | 'deliveries'>,
  about: string,
): Promise<void> {
  try {
    const toStart = await catalog.deliveries.toStart(about);
    for (const due of toStart.deliveries) await deliveries.start(due);
    if (toStart.beginsGroup) await deliveries.startDigest();
  } catch (error) {
    log.warn('events are left to the sweep', { about, error });
  }
}

/**
 * Makes one event an endpoint of all the failures that wait. Safe to repeat: what was taken is an
 * event already, which is started again if need be.
 */
export const groupFailures = (deps: ActivityDeps) => async (): Promise<{ events: number }> => {
  const events = await deps.catalog.groupedFailures.group((failures) => ({
    type: 'failures.grouped',
    about: DIGESTS,
    payload: { ...groupedByKind(failures) },
  }));
  await tell(deps, DIGESTS);
  return { events };
};

/** Failures that have waited this long have no digest that waits for more of them. */
const DIGEST_LATE_MS = 120_000;
const OVERDUE_AT_MOST = 1_000;

/**
 * Starts the deliveries and the digest that should be under way and are not, and forgets deliveries
 * of long ago. Safe to repeat: what is under way is not started again.
 */
export const startDeliveries =
  ({ catalog, deliveries }: ActivityDeps) =>
  async ({ atMost }: { atMost: number }): Promise<{ started: number }> => {
    const signal = cancellationSignal();
    const since = await catalog.groupedFailures.waitingSince();
    if (since !== undefined && Date.now() - since.getTime() > DIGEST_LATE_MS) {
      await deliveries.startDigest();
    }
    let started = 0;
    for (const due of await catalog.deliveries.overdue(OVERDUE_AT_MOST)) {
      signal.throwIfAborted();
      if (started >= atMost) break;
      if (await deliveries.start(due)) started += 1;
    }
    await catalog.deliveries.forgetOld();
    return { started };
  };
