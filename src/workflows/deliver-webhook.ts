import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Delivered } from '../activities/deliver.js';
import { DELIVERY_WAITS_S, POLICIES } from './policies.js';
import type { DeliverWebhookInput } from './event-messages.js';

const { deliver } = proxyActivities<Activities>({
  ...POLICIES.deliver,
  summary: 'sign and send',
});

/** Brings one event to one endpoint: at once, then again in growing intervals for three days. */
export async function deliverWebhook(input: DeliverWebhookInput): Promise<Delivered> {
  const { deliveryId, waitsSeconds = [...DELIVERY_WAITS_S] } = input;
  return deliver({ deliveryId, waitsSeconds });
}
