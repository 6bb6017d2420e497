import { cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Attempt, OpenDelivery } from '../catalog/deliveries.js';
import type { DeliveryState } from '../domain/events.js';
import { DarkroomError } from '../domain/failures.js';
import { keptFailure } from '../domain/kept-failure.js';
import { eventForOwners } from '../domain/words-for-owners.js';
import type { ActivityDeps } from './deps.js';

export interface DeliverInput {
  deliveryId: string;
  /** Between one try and the next; after the last of them the delivery is dead. */
  waitsSeconds: number[];
}

export interface Delivered {
  /** `gone`: the endpoint was removed. */
  state: DeliveryState | 'gone';
}

/** Whoever answers this wants to be told of nothing more. */
const GONE = 410;
/** So that endpoints that were away together are not all tried again in the same moment. */
const JITTER = 0.1;

/**
 * One attempt to deliver an event. A failed one says when the next is due and is then made again by
 * Temporal. Safe to repeat: it is the same event with the same id, which recipients know from before.
 */
export const deliver =
  (deps: ActivityDeps) =>
  async ({ deliveryId, waitsSeconds }: DeliverInput): Promise<Delivered> => {
    const { deliveries, endpoints } = deps.catalog;
    const delivery = await deliveries.open(deliveryId);
    if (delivery === undefined) return { state: 'gone' };
    const { state, attempts, disabledBecause } = delivery;
    if (state !== 'pending') return { state };
    if (disabledBecause !== undefined) {
      await deliveries.recordAttempt(deliveryId, { state: 'dead', error: disabledBecause });
      throw notDelivered(disabledBecause);
    }

    const came = await send(deps, delivery);
    if (came.error === undefined) {
      await deliveries.recordAttempt(deliveryId, { state: 'delivered', ...came });
      return { state: 'delivered' };
    }
    const { retryAfterMs = 0, ...answer } = came;
    const waitSeconds = answer.status === GONE ? undefined : waitsSeconds[attempts];
    if (waitSeconds === undefined) {
      await deliveries.recordAttempt(deliveryId, { state: 'dead', ...answer });
      if (answer.status === GONE) await endpoints.disable(delivery.endpointId, came.error);
      throw notDelivered(came.error);
    }
    const waitMs = Math.max(waitSeconds * 1000 * (1 + Math.random() * JITTER), retryAfterMs);
    await deliveries.recordAttempt(deliveryId, { state: 'pending', ...answer, waitMs });
    throw notDelivered(came.error, waitMs);
  };

interface Outcome extends Pick<Attempt, 'status' | 'error'> {
  retryAfterMs?: number;
}

/** What came of it. @throws what ends the attempt without being the endpoint's doing */
async function send({ notifier }: ActivityDeps, delivery: OpenDelivery): Promise<Outcome> {
  const { id, type, payload, createdAt: at, ownerId, url, secret } = delivery;
  const data = ownerId === undefined ? payload : eventForOwners(payload);
  const signal = cancellationSignal();
  try {
    const { status, ...wish } = await notifier.send(
      { id, type, at, data },
      { url, secret },
      { signal },
    );
    if (status >= 200 && status < 300) return { status };
    return { status, error: inWords(status), ...wish };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DarkroomError)) throw error;
    log.info('endpoint not reached', { deliveryId: id, found: error.message });
    return { error: error.message };
  }
}

function inWords(status: number): string {
  if (status === GONE) return 'It answered 410: it wants no more events.';
  if (status >= 300 && status < 400) return `It answered ${status}: redirects are not followed.`;
  return `It answered ${status}.`;
}

/** @param waitMs until the next attempt; absent: there is none */
function notDelivered(found: string, waitMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    ...keptFailure('NotDelivered', found),
    nonRetryable: waitMs === undefined,
    ...(waitMs !== undefined && { nextRetryDelay: waitMs }),
  });
}
