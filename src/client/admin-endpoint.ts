import type { Catalog } from '../catalog/catalog.js';
import type { Config } from '../config/config.js';
import { USUAL_EVENTS } from '../domain/events.js';
import { checkedEndpointUrl } from '../notify/open-notifier.js';

/**
 * Registers the endpoint that the environment names for administrators. Again changes nothing, except
 * that it gets the secret of now.
 * @throws DarkroomError
 */
export async function ensureAdminEndpoint(
  { endpoints }: Pick<Catalog, 'endpoints'>,
  config: Pick<Config, 'adminWebhookUrl' | 'adminWebhookSecret' | 'allowPrivateUrls'>,
): Promise<void> {
  const { adminWebhookUrl: given, adminWebhookSecret: secret, allowPrivateUrls } = config;
  // A worker's configuration has both or none.
  if (given === undefined || secret === undefined) return;
  const url = checkedEndpointUrl(given, { allowPrivate: allowPrivateUrls });
  await endpoints.ensure({ url, secret, events: [...USUAL_EVENTS.administrators] });
}
