import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import type { DeliveryRecord } from '../catalog/deliveries.js';
import type { EndpointRecord } from '../catalog/endpoints.js';
import {
  ABOUT_ALL_OWNERS,
  isSubscription,
  SUBSCRIPTIONS,
  USUAL_EVENTS,
  type DeliveryState,
  type Subscription,
} from '../domain/events.js';
import { DarkroomError } from '../domain/failures.js';
import { checkedEndpointUrl } from '../notify/open-notifier.js';
import { checkedSecret, newSecret } from '../notify/sign.js';
import { startDelivery, stopDelivery } from './delivery-work.js';

/** Who is told of events, by Standard Webhooks (docs/webhooks.md), and what came of it. */
export interface Webhooks {
  /**
   * The secret is shown this once.
   * @throws DarkroomError `InvalidInput`, `AddressNotAllowed`
   */
  create(endpoint: NewWebhook): Promise<{ id: string; secret: string }>;
  /** Oldest first, also the disabled ones; without their secrets. */
  list(): Promise<EndpointRecord[]>;
  /** With all its deliveries, of which none is tried any more. @throws DarkroomError `EndpointNotFound` */
  remove(id: string): Promise<void>;
  /** Tells an endpoint that had answered 410 of events again. @throws DarkroomError `EndpointNotFound` */
  enable(id: string): Promise<void>;
  /** Newest first; `after` is the last id of the page before. @throws DarkroomError `InvalidInput` */
  deliveries(options?: DeliveryQuery): Promise<DeliveryRecord[]>;
  /**
   * Delivers an event again, under the same id and from the first try, whatever came of it before.
   * @throws DarkroomError `DeliveryNotFound`, `EndpointDisabled`
   */
  resend(deliveryId: string): Promise<void>;
  /**
   * Sends an event `endpoint.test`; what came of it is among the deliveries.
   * @throws DarkroomError `EndpointNotFound`, `EndpointDisabled`
   */
  test(id: string): Promise<{ deliveryId: string }>;
}

export interface NewWebhook {
  /** https:, or `log:` for lines in the log of the worker. */
  url: string;
  /** All that there are for this kind of endpoint by default. */
  events?: string[];
  /** Whose images it is told of; those of all owners by default. */
  ownerId?: string;
  /** For administrators: final failures are grouped into one event, and runs that ended. */
  admin?: boolean;
  /** `whsec_` and base64; made when it is not given. */
  secret?: string;
}

export interface DeliveryQuery {
  limit?: number;
  after?: string;
  state?: DeliveryState;
  endpointId?: string;
}

export interface WebhookDeps {
  client: Client;
  catalog: Pick<Catalog, 'endpoints' | 'deliveries'>;
  /** Whether endpoints may be at http: addresses and on this machine and its network. */
  allowPrivate: boolean;
}

export function webhooks(deps: WebhookDeps): Webhooks {
  const { client, catalog } = deps;
  return {
    create: (endpoint) => create(deps, endpoint),
    list: () => catalog.endpoints.list(),
    remove: async (id) => {
      const removed = await catalog.endpoints.remove(id);
      if (removed === undefined) throw noEndpoint(id);
      for (const pending of removed.pending) await stopDelivery(client, pending);
    },
    enable: async (id) => {
      if (!(await catalog.endpoints.enable(id))) throw noEndpoint(id);
    },
    deliveries: ({ limit = 50, ...page } = {}) => catalog.deliveries.list({ limit, ...page }),
    resend: async (deliveryId) => {
      const due = await catalog.deliveries.reopen(deliveryId);
      await startDelivery(client, due, { again: true });
    },
    test: (id) => sendTest(deps, id),
  };
}

async function create(
  { catalog, allowPrivate }: WebhookDeps,
  { url, secret = newSecret(), ...rest }: NewWebhook,
): Promise<{ id: string; secret: string }> {
  const checked = checkedEndpointUrl(url, { allowPrivate });
  const { id } = await catalog.endpoints.add({
    url: checked,
    secret: checkedSecret(secret),
    events: subscriptionsOf(rest),
    ...(rest.ownerId !== undefined && { ownerId: rest.ownerId }),
  });
  return { id, secret };
}

/** Which events an endpoint of this kind gets. @throws DarkroomError `InvalidInput` */
function subscriptionsOf({ events, ownerId, admin }: Omit<NewWebhook, 'url' | 'secret'>) {
  if (ownerId?.trim() === '') throw new DarkroomError('InvalidInput', 'The owner has no name.');
  if (admin && ownerId !== undefined) {
    const words = 'An endpoint is for administrators or for one owner, not both.';
    throw new DarkroomError('InvalidInput', words);
  }
  if (events?.length === 0) throw new DarkroomError('InvalidInput', 'Name at least one event.');
  const kind = admin ? 'administrators' : ownerId === undefined ? 'allOwners' : 'owner';
  const wanted = (events ?? USUAL_EVENTS[kind]).map(subscription);
  const tooWide = wanted.find((event) => ABOUT_ALL_OWNERS.includes(event));
  if (ownerId !== undefined && tooWide !== undefined) {
    const words = `${tooWide} is about the images of all owners, so an owner's endpoint cannot have it.`;
    throw new DarkroomError('InvalidInput', words);
  }
  // What fails during an outage would be a message an image.
  const grouped = wanted.map((it) => (admin && it === 'image.failed' ? 'failures.grouped' : it));
  return [...new Set(grouped)];
}

function subscription(text: string): Subscription {
  if (isSubscription(text)) return text;
  const words = `There is no event "${text}"; there are ${SUBSCRIPTIONS.join(', ')}.`;
  throw new DarkroomError('InvalidInput', words);
}

async function sendTest({ client, catalog }: WebhookDeps, id: string) {
  const endpoint = await catalog.endpoints.get(id);
  if (endpoint === undefined) throw noEndpoint(id);
  if (endpoint.disabledAt !== undefined) throw new DarkroomError('EndpointDisabled');
  const payload = { endpointId: id, says: 'Events of Darkroom arrive here.' };
  const due = await catalog.deliveries.add(id, { type: 'endpoint.test', about: id, payload });
  await startDelivery(client, due);
  return { deliveryId: due.id };
}

function noEndpoint(id: string): DarkroomError {
  return new DarkroomError('EndpointNotFound', `There is no endpoint ${id}.`);
}
