import type { Catalog } from '../catalog/catalog.js';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/variable.js';
import { USUAL_EVENTS } from '../domain/events.js';
import { checkedEndpointUrl } from '../notify/open-notifier.js';

/**
 * Registers the endpoint that the environment names for administrators. Again changes nothing, except
 * that it gets the secret of now.
 * @throws ConfigError, DarkroomError
 */
export async function ensureAdminEndpoint(
  { endpoints }: Pick<Catalog, 'endpoints'>,
  config: Pick<Config, 'adminWebhookUrl' | 'adminWebhookSecret' | 'allowPrivateUrls'>,
): Promise<void> {
  const { adminWebhookUrl: given, adminWebhookSecret: secret, allowPrivateUrls } = config;
  if (given === undefined) return;
  if (secret === undefined) {
    const problem = 'ADMIN_WEBHOOK_SECRET is required with ADMIN_WEBHOOK_URL';
    throw new ConfigError([`${problem} (try: echo whsec_$(openssl rand -base64 32))`]);
  }
  const url = checkedEndpointUrl(given, { allowPrivate: allowPrivateUrls });
  await endpoints.ensure({ url, secret, events: [...USUAL_EVENTS.administrators] });
}
