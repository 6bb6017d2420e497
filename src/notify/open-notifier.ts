import { DarkroomError } from '../domain/failures.js';
import { checkedUrl } from '../net/checked-url.js';
import { LOG_URL, openEventLog } from './log.js';
import type { Notifier } from './notify.js';
import { openWebhooks, type WebhookOptions } from './webhook.js';

/** To the log or to a site, by the address of the recipient. */
export function openNotifier(
  options: WebhookOptions & { log: { info(message: string): void } },
): Notifier {
  const webhooks = openWebhooks(options);
  const log = openEventLog(options.log);
  return {
    send: (event, to, sending) => (to.url === LOG_URL ? log : webhooks).send(event, to, sending),
  };
}

/**
 * The address, when an endpoint may have it. What its host resolves to is checked at every attempt.
 * @throws DarkroomError `InvalidInput`, `AddressNotAllowed`
 */
export function checkedEndpointUrl(url: string, { allowPrivate }: WebhookOptions): string {
  if (url === LOG_URL) return url;
  if (url.length > 2_000) throw new DarkroomError('InvalidInput', 'The address is too long.');
  const { href, hash } = checkedUrl(url, { ...(allowPrivate && { allowPrivate }) });
  if (hash !== '') throw new DarkroomError('InvalidInput', 'The address may not have a #.');
  return href;
}
